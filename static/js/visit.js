// Tells the counter that the page is seen, once it is, and shows the five numbers it answers.
// The token says which pages belong to one visit: random, renewed while pages are opened, dropped
// after 30 minutes. A browser that keeps nothing sends none.
const NAME = "luot-truy-cap";
const LIFE = 30 * 60 * 1000;

const drawToken = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const keptToken = () => {
  const now = Date.now();
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(NAME));
  } catch {} // What is no token of ours is replaced.
  const lives = /^[0-9a-f]{32}$/.test(kept?.token) && now - kept.at < LIFE && now >= kept.at;
  const token = lives ? kept.token : drawToken();
  localStorage.setItem(NAME, JSON.stringify({ token, at: now }));
  return token;
};

// Two tabs opened at once get one token. Locks are there only over HTTPS or on this machine.
const getToken = async () => {
  try {
    return await (navigator.locks ? navigator.locks.request(NAME, keptToken) : keptToken());
  } catch {
    return "";
  }
};

const isSeen = () => document.visibilityState === "visible" && !document.prerendering;

const seen = () =>
  new Promise((resolve) => {
    const check = () => isSeen() && resolve();
    document.addEventListener("visibilitychange", check);
    document.addEventListener("prerenderingchange", check);
    check();
  });

const show = (figures) => {
  for (const place of document.querySelectorAll("[data-figure]")) {
    place.textContent = figures[place.dataset.figure].toLocaleString(document.documentElement.lang);
  }
};

const send = async () => {
  const counter = document.querySelector("[data-counter]");
  const body = await getToken();
  try {
    const answer = await fetch(counter.dataset.counter, { method: "POST", body, keepalive: true });
    if (answer.ok) show(await answer.json());
  } catch {
    // The line dropped: the page is told again when it is back; the token lets it count once.
    addEventListener("online", send, { once: true });
  }
};

await seen();
await send();
// A page that the Back button brings back is not loaded again, but it is seen again.
addEventListener("pageshow", (event) => event.persisted && send());
