// Keeps one page for when there is no server to ask, and the few files of that page. Everything else is the network's and
// the browser's own cache's: an upgraded server is met by no older app.
const KEPT = "veche-offline-VERSION";
const FILES = ["/offline.html", "/plain.css", "/boot.js", "/favicon.svg"];

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(KEPT);
    await cache.addAll(FILES.map((path) => new Request(path, { cache: "reload" })));
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const begin = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("veche-offline-") && name !== KEPT);
    await Promise.all(old.map((name) => caches.delete(name)));
    // The page is on its way while this worker is still waking up.
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.mode === "navigate") event.respondWith(openPage(event));
  else if (request.method === "GET" && origin === location.origin && FILES.includes(pathname))
    event.respondWith(fetch(request).catch(() => caches.match(pathname)));
});

async function openPage(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch (error) {
    const page = await caches.match("/offline.html");
    if (page) return page;
    throw error;
  }
}
