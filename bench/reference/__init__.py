"""What the portal is measured against: small views as anybody would write them in Django."""
