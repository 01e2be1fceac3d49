// <relink-banks api="…" lang="…" chat="…" push-key="…" push-worker="…">, with the property `token`:
// a string, or a function that returns one, or the promise of one.

import { Api } from "./api.js";
import { Banks } from "./banks.js";
import { liked } from "./speech.js";
import { Offer } from "./offering.js";
import { Pushing } from "./pushing.js";
import { STYLE } from "./style.js";

const sheet = new CSSStyleSheet(); // made by script: a host's policy needs no exception for it
sheet.replaceSync(STYLE);

class RelinkBanks extends HTMLElement {
  static observedAttributes = ["api", "lang", "heading", "push-key", "push-worker"];

  #token;
  #banks;
  #due = false;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    const early = Object.hasOwn(this, "token") ? this.token : undefined; // set before we were defined
    delete this.token;
    this.#token = early;
  }

  get token() {
    return this.#token;
  }

  set token(value) {
    this.#token = value;
    this.#begin();
  }

  connectedCallback() {
    this.#begin();
  }

  disconnectedCallback() {
    this.#end();
  }

  attributeChangedCallback(_name, before, after) {
    if (before !== after) this.#begin();
  }

  // Look at once, as after something that the host app knows of.
  refresh() {
    this.#banks?.rhythm.now();
  }

  // Several changes in one turn begin it once.
  #begin() {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#end();
      if (this.isConnected && this.hasAttribute("api") && this.#token) this.#start();
    });
  }

  #start() {
    const api = new Api(this.getAttribute("api"), this.#token, liked(this.getAttribute("lang")));
    const push = new Pushing(api, this.getAttribute("push-worker"), this.getAttribute("push-key"));
    const banks = new Banks(this, this.shadowRoot, api, new Offer(api, push));
    this.#banks = banks;
    banks.start();
  }

  #end() {
    this.#banks?.stop();
    this.#banks = undefined;
  }
}

if (!customElements.get("relink-banks")) customElements.define("relink-banks", RelinkBanks);
