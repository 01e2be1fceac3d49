// Shows what is pushed, and opens the banks when it is pressed. It keeps nothing, sends nothing
// and answers no requests: open pages are told, and they ask the API with their owner's token.

const BANKS = new URL("../banks", self.location).href;
const ICON = new URL("../static/icon.png", self.location).href;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const told = read(event.data);
  event.waitUntil(
    Promise.all([
      self.registration.showNotification(told.title, {
        body: told.body,
        tag: told.tag,
        renotify: true,
        icon: ICON,
        badge: ICON,
        data: { url: destination(told.url) },
      }),
      tell({ type: "relink-push" }),
    ]),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url ?? BANKS));
});

// The browser has another address for us now: the pages bring it to the API, and take the old one
// away. Without an open page that waits for the next visit, which compares the two anyway.
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(renew(event));
});

async function renew(event) {
  const options = event.oldSubscription?.options;
  const present = event.newSubscription
    ?? (options ? await self.registration.pushManager.subscribe(options) : null);
  await tell({
    type: "relink-subscription",
    old: event.oldSubscription?.endpoint ?? null,
    subscription: present?.toJSON() ?? null,
  });
}

// A push that cannot be read must be shown all the same: a browser that shows none says so itself.
function read(data) {
  let told = {};
  try {
    told = data?.json() ?? {};
  } catch {
    told = {};
  }
  return {
    title: String(told.title || "Relink"),
    body: String(told.body || ""),
    tag: String(told.tag || "relink"),
    url: told.url,
  };
}

// Only addresses of our own are opened; the bare one of the house means the banks.
function destination(url) {
  try {
    const there = new URL(url, BANKS);
    const bare = there.pathname.replace(/\/$/, "") === new URL("..", self.location).pathname.replace(/\/$/, "");
    return there.origin === self.location.origin && !bare ? there.href : BANKS;
  } catch {
    return BANKS;
  }
}

async function tell(message) {
  for (const page of await pages()) page.postMessage(message);
}

async function open(url) {
  const there = (await pages()).find((page) => page.url.split(/[?#]/)[0] === url.split(/[?#]/)[0]);
  if (there) return there.focus();
  return self.clients.openWindow(url);
}

function pages() {
  return self.clients.matchAll({ type: "window", includeUncontrolled: true });
}
