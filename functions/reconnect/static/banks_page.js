// The Banks page: logs its owner in (OpenID Connect: code flow, PKCE, state and nonce) and gives
// the component the token that the API takes. Tokens live in this tab: the one for the API is kept
// over a reload, what renews it is not kept at all.

const place = document.getElementById("banks");
const told = place.dataset;
const here = location.origin + location.pathname;
const KEPT = "relink-login";
const BEGUN = "relink-login-begun";
const EARLY = 30_000; // a token this near its end is as good as over
const JUST_NOW = 15_000; // one that is refused so soon after the login will be refused again

class Failed extends Error {}

let known; // the provider's own description of itself
let renewal; // the refresh token, if there is one
let running; // the renewal under way: the component may ask many times at once

function show(id, why = "") {
  for (const section of place.querySelectorAll(".notice")) section.hidden = section.id !== id;
  for (const words of place.querySelectorAll("[data-why]")) words.hidden = words.dataset.why !== why;
}

function fail(error) {
  forget();
  place.querySelector("relink-banks")?.remove();
  document.getElementById("log-out").hidden = true;
  show("failed", error instanceof Failed ? error.message : "unreachable");
}

function random() {
  return encoded(crypto.getRandomValues(new Uint8Array(32)));
}

function encoded(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function discover() {
  if (known) return known;
  const address = `${told.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, { credentials: "omit" });
  const found = await answer.json();
  if (!answer.ok || found.issuer !== told.issuer) throw new Failed("unreachable");
  known = found;
  return known;
}

// Go to the provider's page; whoever is logged in there comes straight back.
async function logIn(hint = "") {
  show("logging-in");
  const provider = await discover();
  const begun = { state: random(), nonce: random(), verifier: random() };
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(begun.verifier));
  const asked = {
    response_type: "code",
    client_id: told.client,
    redirect_uri: here,
    scope: told.scope,
    state: begun.state,
    nonce: begun.nonce,
    code_challenge: encoded(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(told.audience && { audience: told.audience }),
    ...(hint && { login_hint: hint }),
  };
  const there = new URL(provider.authorization_endpoint);
  for (const [name, value] of Object.entries(asked)) there.searchParams.set(name, value);
  sessionStorage.setItem(BEGUN, JSON.stringify(begun));
  location.assign(there);
}

// Take what the provider sent the browser back with: good once, and for the tab that asked.
async function comeBack(came) {
  show("logging-in");
  const begun = taken(BEGUN);
  if (!begun || came.get("state") !== begun.state) throw new Failed("astray");
  if (came.has("iss") && came.get("iss") !== told.issuer) throw new Failed("astray");
  if (came.has("error")) throw new Failed("denied");
  const answer = await exchange({
    grant_type: "authorization_code",
    code: came.get("code") ?? "",
    redirect_uri: here,
    code_verifier: begun.verifier,
  });
  check(answer.id_token, begun.nonce);
  keep(answer);
}

async function exchange(form) {
  const provider = await discover();
  const body = new URLSearchParams({ ...form, client_id: told.client });
  const answer = await fetch(provider.token_endpoint, { method: "POST", body, credentials: "omit" });
  const given = await answer.json();
  if (!answer.ok || given.token_type?.toLowerCase() !== "bearer" || !given.access_token) {
    throw new Failed("denied");
  }
  return given;
}

// What is said of whom the login is (OpenID Connect Core, 3.1.3.7); it came from the provider
// itself over TLS, which stands for its signature.
function check(idToken, nonce) {
  const [, payload] = String(idToken).split(".");
  let claims = {};
  try {
    claims = JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    throw new Failed("astray");
  }
  const audience = [claims.aud].flat();
  const mine = audience.includes(told.client) && (audience.length === 1 || claims.azp === told.client);
  const lasts = claims.exp * 1000 > Date.now();
  if (claims.iss !== told.issuer || !mine || !lasts || claims.nonce !== nonce) throw new Failed("astray");
}

function keep(given) {
  renewal = given.refresh_token ?? renewal;
  const now = Date.now();
  const until = now + (given.expires_in ?? 300) * 1000;
  sessionStorage.setItem(KEPT, JSON.stringify({ token: given.access_token, since: now, until }));
}

function kept() {
  const found = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return found && found.until - EARLY > Date.now() ? found : null;
}

function taken(name) {
  const found = JSON.parse(sessionStorage.getItem(name) ?? "null");
  sessionStorage.removeItem(name);
  return found;
}

function forget() {
  renewal = undefined;
  sessionStorage.removeItem(KEPT);
}

// What the component calls for a token; `renew` after the API has refused the one it had.
async function token({ renew = false } = {}) {
  if (!place.querySelector("relink-banks")) return never(); // asked before its owner logged out
  const found = kept();
  if (found && !renew) return found.token;
  running ??= another(found).finally(() => (running = undefined));
  return running;
}

async function another(refused) {
  try {
    if (refused && Date.now() - refused.since < JUST_NOW) throw new Failed("refused");
    if (renewal) {
      const given = await exchange({ grant_type: "refresh_token", refresh_token: renewal }).catch(() => null);
      if (given) {
        keep(given);
        return kept().token;
      }
    }
    forget();
    await seen();
    await logIn();
  } catch (error) {
    fail(error);
  }
  return never(); // the page is about to be left, or says why not
}

function never() {
  return new Promise(() => {});
}

function seen() {
  return new Promise((resolve) => {
    const look = () => {
      if (document.hidden) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    look();
  });
}

function open() {
  show("");
  const banks = document.createElement("relink-banks");
  banks.setAttribute("api", location.origin + told.base);
  banks.setAttribute("heading", "1");
  if (told.chat) banks.setAttribute("chat", told.chat);
  if (told.pushKey) {
    banks.setAttribute("push-key", told.pushKey);
    banks.setAttribute("push-worker", told.pushWorker);
  }
  banks.token = token;
  place.append(banks);
  document.getElementById("log-out").hidden = false;
}

async function begin() {
  const came = new URLSearchParams(location.search);
  const answered = came.has("state") && (came.has("code") || came.has("error"));
  const hint = came.get("login_hint") ?? "";
  if (location.search) history.replaceState(null, "", here);
  if (answered) await comeBack(came);
  else if (hint) forget();
  if (kept()) open();
  else await logIn(hint);
}

for (const button of place.querySelectorAll(".again")) {
  button.addEventListener("click", () => logIn().catch(fail));
}
document.getElementById("log-out").addEventListener("click", () => {
  forget();
  place.querySelector("relink-banks")?.remove();
  document.getElementById("log-out").hidden = true;
  show("logged-out");
});
begin().catch(fail);
