// This browser's push: asked for by its owner, never on load. Without a worker there is none.

export class Pushing {
  constructor(api, worker, key) {
    this.api = api;
    this.worker = worker;
    this.key = key;
    this.subscription = null;
  }

  get offered() {
    const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
    return Boolean(can && this.worker && this.key && Notification.permission !== "denied");
  }

  // Look whether this browser is pushed to already, which asks nobody anything.
  async find() {
    if (!this.offered) return;
    const found = await navigator.serviceWorker.getRegistration(this.worker);
    this.subscription = (await found?.pushManager.getSubscription()) ?? null;
  }

  async begin() {
    if ((await Notification.requestPermission()) !== "granted") return false;
    const registration = await navigator.serviceWorker.register(this.worker);
    await ready(registration);
    const wanted = { userVisibleOnly: true, applicationServerKey: this.key };
    const subscription = await registration.pushManager.subscribe(wanted);
    await this.api.act("PUT", "/push-subscriptions", subscription.toJSON());
    this.subscription = subscription;
    return true;
  }

  async end() {
    const { endpoint } = this.subscription;
    await this.subscription.unsubscribe();
    await this.api.act("DELETE", "/push-subscriptions", { endpoint });
    this.subscription = null;
  }

  // The browser was given another address: bring it, and take the old one away.
  async moved({ old, subscription }) {
    if (subscription) await this.api.act("PUT", "/push-subscriptions", subscription);
    if (old) await this.api.act("DELETE", "/push-subscriptions", { endpoint: old });
    await this.find();
  }
}

// A page beyond the worker's scope would wait for `serviceWorker.ready` for ever.
function ready(registration) {
  const worker = registration.installing ?? registration.waiting;
  if (!worker || registration.active) return Promise.resolve();
  return new Promise((resolve, reject) => {
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("the worker did not start"));
    });
  });
}
