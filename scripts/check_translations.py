"""Every sentence a user can meet is in Vietnamese: `python -m scripts.check_translations`.

With `--update`, gathers the sentences of the source into locale/ and compiles all catalogues.
Each check takes what it looks at, so that tests can plant a fault.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import polib

from scripts.house.source import files

ROOT = Path(__file__).resolve().parent.parent
DOMAINS = ("django", "djangojs")
# Folders without a sentence for users, or translated elsewhere.
IGNORED = [".venv", "var", "build", "tests", "scripts", "bench", "static/vendor", "locale/vendor"]
EXTENSIONS = {"django": "html,txt,xml,py", "djangojs": "js"}

# Source files of Django whose sentences no page of ours shows.
NEVER_SHOWN = {
    "conf/global_settings.py",  # The names of all languages; ours are in settings.LANGUAGES.
    "views/templates/default_urlconf.html",  # The page of a project without any address.
}

# Of allauth, what the parts we use say in code, e-mails and messages; its pages are ours.
SHOWN = {
    "allauth": re.compile(
        r"(account/(forms|adapter|fields|models|apps|utils|stages|views)\.py|account/internal/.*"
        r"|mfa/.*\.py|usersessions/.*\.py|core/.*"
        r"|templates/account/email/(base_|email_changed_|password_(changed|set|reset_(key_|message|subject))).*"
        r"|templates/account/messages/(logged_|password_).*"
        r"|templates/(mfa|usersessions)/(email|messages)/.*)"
    )
}

Key = tuple[str, str, str]
# Two of the names of languages in Django's catalogue are shown.
PROJECT_LANGUAGES: set[Key] = {("", "Vietnamese", ""), ("", "English", "")}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|{\w*}")


def key(entry: polib.POEntry) -> Key:
    """Return what gettext knows a sentence by."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural


def texts(entry: polib.POEntry) -> list[str]:
    """Return the translations of an entry, one a plural form."""
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def catalogues(root: Path) -> list[Path]:
    """Return the committed catalogues of the project, those for the libraries included."""
    folders = [*root.glob("locale/*/LC_MESSAGES"), root / "locale/vendor/vi/LC_MESSAGES"]
    return [path for folder in folders for path in sorted(folder.glob("*.po"))]


# One catalogue


def placeholders(text: str) -> tuple[list[str], set[str]]:
    """Return the nameless placeholders, each time they occur, and the names of the others."""
    found = PLACEHOLDER.findall(text.replace("%%", ""))
    nameless = sorted(each for each in found if each in {"%s", "%d", "{}"})
    return nameless, set(found) - set(nameless)


def faults_of_entry(entry: polib.POEntry) -> list[str]:
    """Return what is wrong with one translation."""
    if entry.obsolete:
        return ["is obsolete"]
    if entry.fuzzy:
        return ["is fuzzy"]
    if not all(texts(entry)) or not texts(entry):
        return ["is not translated"]
    found = []
    allowed = [placeholders(text) for text in (entry.msgid, entry.msgid_plural) if text]
    if any(placeholders(text) not in allowed for text in texts(entry)):
        found.append("has other placeholders in its translation")
    if any(unicodedata.normalize("NFC", text) != text for text in texts(entry)):
        found.append("has a translation that is not in NFC")
    return found


def check_catalogue(path: Path) -> list[str]:
    """Everything is translated, certain, in use, in NFC, with the placeholders of the source."""
    catalogue = polib.pofile(str(path))
    found = [f"{path}:1 the header is fuzzy"] if catalogue.metadata_is_fuzzy else []
    return found + [
        f"{path}:{entry.linenum} {entry.msgid!r} {fault}"
        for entry in catalogue
        for fault in faults_of_entry(entry)
    ]


def check_compiled(path: Path) -> list[str]:
    """The .mo file holds exactly what the .po file says."""
    compiled = path.with_suffix(".mo")
    if not compiled.is_file():
        return [f"{compiled}:1 is missing"]
    source, result = polib.pofile(str(path)), polib.mofile(str(compiled))
    wanted = {key(entry): texts(entry) for entry in source.translated_entries()}
    held = {key(entry): texts(entry) for entry in result}
    rule = "Plural-Forms"
    if wanted == held and source.metadata.get(rule) == result.metadata.get(rule):
        return []
    return [f"{compiled}:1 is not what {path.name} compiles to"]


# The source


def gather(root: Path, language: str, domain: str) -> None:
    """Gather the sentences of a tree into its locale/."""
    ignored = [argument for name in IGNORED for argument in ("--ignore", f"{name}/*")]
    command = [sys.executable, "-m", "django", "makemessages", "--locale", language]
    command += ["--domain", domain, "--extension", EXTENSIONS[domain]]
    command += ["--add-location", "file", "--no-obsolete", "--no-wrap", *ignored]
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        command, cwd=root, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"makemessages failed:\n{done.stderr}")


def sentences(root: Path) -> dict[str, set[Key]]:
    """Return the sentences of the source by domain, read in a copy of the tree."""
    found: dict[str, set[Key]] = {}
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name)
        for file in files(root):
            skipped = any(file.startswith(f"{folder}/") for folder in [*IGNORED, "locale"])
            if not skipped and file.endswith((".py", ".html", ".txt", ".xml", ".js")):
                (copy / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(root / file, copy / file)
        (copy / "locale").mkdir()
        for domain in DOMAINS:
            gather(copy, "vi", domain)
            path = copy / f"locale/vi/LC_MESSAGES/{domain}.po"
            found[domain] = {key(e) for e in polib.pofile(str(path))} if path.is_file() else set()
    return found


def check_current(root: Path, language: str, wanted: dict[str, set[Key]]) -> list[str]:
    """The catalogue of a language holds the sentences of the source, no more and no fewer."""
    found = []
    for domain in DOMAINS:
        path = root / f"locale/{language}/LC_MESSAGES/{domain}.po"
        held = {key(e) for e in polib.pofile(str(path))} if path.is_file() else set()
        found += [f"{path}:1 lacks {each[1]!r}" for each in sorted(wanted[domain] - held)]
        found += [f"{path}:1 {each[1]!r} is used nowhere" for each in sorted(held - wanted[domain])]
    return found


# The libraries


def library_folders() -> list[Path]:
    """Return the locale folders of Django and of every installed app outside the project."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doanhuyen.settings")
    from django.apps import AppConfig  # noqa: PLC0415 — only here are settings needed.
    from django.conf import settings  # noqa: PLC0415

    folders = []
    installed = (AppConfig.create(entry).name for entry in settings.INSTALLED_APPS)
    for app in ["django.conf", *installed]:
        spec = importlib.util.find_spec(app)
        origin = Path(spec.origin).parent if spec and spec.origin else ROOT
        if not origin.is_relative_to(ROOT) or "site-packages" in origin.parts:
            folders.append(origin / "locale")
    return folders


def translated(paths: Iterable[Path]) -> set[Key]:
    """Return the sentences that some of the catalogues translate."""
    existing = (path for path in paths if path.is_file())
    return {key(e) for path in existing for e in polib.pofile(str(path)).translated_entries()}


def said_by(folder: Path, domain: str) -> set[Key]:
    """Return what a library can say; one without an English catalogue tells in its others."""
    file = f"LC_MESSAGES/{domain}.po"
    english = folder / "en" / file
    sources = [english] if english.is_file() else sorted(folder.glob(f"*/{file}"))
    entries = (e for source in sources for e in polib.pofile(str(source)) if not e.obsolete)
    shown = SHOWN.get(folder.parent.name, re.compile(""))
    return {key(e) for e in entries if not e.occurrences or _is_shown(e, shown)}


def _is_shown(entry: polib.POEntry, shown: re.Pattern[str]) -> bool:
    return any(shown.match(file) for file in {o for o, _ in entry.occurrences} - NEVER_SHOWN)


def check_libraries(root: Path, folders: list[Path]) -> list[str]:
    """What the libraries can say is translated, by themselves or in locale/vendor; no more is."""
    found = []
    for domain in DOMAINS:
        file = f"LC_MESSAGES/{domain}.po"
        path = root / "locale/vendor/vi" / file
        ours = translated([path])
        said = {folder: said_by(folder, domain) for folder in folders}
        for folder in folders:
            lacking = said[folder] - ours - translated([folder / "vi" / file])
            library = folder.parent.name
            found += [f"{path}:1 lacks {each[1]!r} of {library}" for each in sorted(lacking)]
        stale = ours.difference(*said.values(), PROJECT_LANGUAGES)
        found += [f"{path}:1 no library says {each[1]!r}" for each in sorted(stale)]
    return found


# The command


def update() -> None:
    """Gather the sentences of the project and compile every catalogue."""
    for language in ("vi", "en"):
        if language == "en" and not (ROOT / "locale/en").is_dir():
            continue
        (ROOT / f"locale/{language}/LC_MESSAGES").mkdir(parents=True, exist_ok=True)
        for domain in DOMAINS:
            gather(ROOT, language, domain)
    for path in catalogues(ROOT):
        catalogue = polib.pofile(str(path), wrapwidth=0)
        if "vendor" not in path.parts:
            tidy_header(catalogue)
            if "en" in path.parts:
                say_as_in_source(catalogue)
            catalogue.save()
        catalogue.save_as_mofile(str(path.with_suffix(".mo")))


def tidy_header(catalogue: polib.POFile) -> None:
    """Leave in the header what gettext needs; dates and names are in the history."""
    needed = ("Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
    catalogue.metadata = {name: catalogue.metadata[name] for name in (*needed, "Plural-Forms")}
    catalogue.metadata_is_fuzzy = False
    catalogue.header = ""


def say_as_in_source(catalogue: polib.POFile) -> None:
    """Translate into English what is English already, where nobody has said it better."""
    for entry in catalogue:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr, entry.msgstr_plural = "", {}
            entry.previous_msgid = entry.previous_msgctxt = entry.previous_msgid_plural = None
        if entry.msgid_plural and not any(entry.msgstr_plural.values()):
            entry.msgstr_plural = {0: entry.msgid, 1: entry.msgid_plural}
        elif not entry.msgid_plural and not entry.msgstr:
            entry.msgstr = entry.msgid


def check(root: Path) -> list[str]:
    """Run every check on the project."""
    paths = catalogues(root)
    found = [] if paths else [f"{root}/locale:1 holds no catalogue"]
    for path in paths:
        found += check_catalogue(path) + check_compiled(path)
    found += check_libraries(root, library_folders())
    if shutil.which("xgettext"):
        wanted = sentences(root)
        for language in ("vi", "en"):
            if language == "vi" or list(root.glob("locale/en/LC_MESSAGES/*.po")):
                found += check_current(root, language, wanted)
    elif os.environ.get("CI") == "true":
        found.append("locale:1 cannot be compared with the source: gettext is not installed")
    else:
        print("skipped: gettext is not installed, so the source was not read for new sentences")
    return [fault.removeprefix(f"{root}/") for fault in found]


def main() -> int:
    """Check, or with --update gather and compile."""
    if "--update" in sys.argv[1:]:
        update()
        return 0
    found = check(ROOT)
    print("\n".join(found) or f"check_translations: {len(catalogues(ROOT))} catalogues, no fault")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
