// The owner's API: his token, answers that are kept by their tags, requests that are done once.

const UNCHANGED = 304;
const REFUSED = 401;

// What an answer other than a good one says: `kind` is the last part of the problem's type,
// `offline` that there was no answer at all.
export class Problem extends Error {
  constructor(kind, told = {}) {
    super(kind);
    this.kind = kind;
    this.status = told.status ?? 0;
    this.until = told.retry_at ?? null;
    this.wait = told.wait ?? 0;
  }
}

export class Api {
  constructor(base, token, language) {
    this.base = base.replace(/\/$/, "");
    this.token = token;
    this.language = language;
    this.kept = new Map(); // by path: the tag of the last answer, and what it said
  }

  // Return what is there; the very same object if nothing has changed.
  async read(path) {
    const before = this.kept.get(path);
    const answer = await this.send("GET", path, undefined, before ? { "If-None-Match": before.tag } : {});
    if (answer.status === UNCHANGED && before) return before.value;
    const value = await answer.json();
    const tag = answer.headers.get("ETag");
    if (tag) this.kept.set(path, { tag, value });
    return value;
  }

  // Have something done. What nobody answered is sent again under the same key, and so done once.
  async act(method, path, body) {
    const once = method === "POST" ? { "Idempotency-Key": crypto.randomUUID() } : {};
    const answer = await this.send(method, path, body, once).catch((problem) => {
      if (problem.kind !== "offline" || !once["Idempotency-Key"]) throw problem;
      return this.send(method, path, body, once);
    });
    return answer.status === 204 ? null : answer.json();
  }

  async send(method, path, body, headers) {
    let answer = await this.fetch(method, path, body, headers, false);
    if (answer.status === REFUSED) answer = await this.fetch(method, path, body, headers, true);
    if (answer.ok || answer.status === UNCHANGED) return answer;
    throw await problem(answer);
  }

  async fetch(method, path, body, headers, renew) {
    const token = typeof this.token === "function" ? await this.token({ renew }) : this.token;
    const sent = { ...headers, Authorization: `Bearer ${token ?? ""}`, "Accept-Language": this.language };
    if (body !== undefined) sent["Content-Type"] = "application/json";
    const request = { method, headers: sent, credentials: "omit", cache: "no-store" };
    if (body !== undefined) request.body = JSON.stringify(body);
    try {
      return await fetch(this.base + path, request);
    } catch {
      throw new Problem("offline");
    }
  }
}

async function problem(answer) {
  const told = await answer.json().catch(() => ({}));
  const kind = String(told.type ?? "").split(":").pop();
  const wait = Number(answer.headers.get("Retry-After")) || 0;
  const otherwise = answer.status === REFUSED ? "logged-out" : "unavailable";
  return new Problem(kind || otherwise, { status: answer.status, retry_at: told.retry_at, wait });
}
