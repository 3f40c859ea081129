// Keeps the pages, the masking preview and the reader of series at hand for when there is no connection. Nothing of a user is
// kept: no result, no picture, nothing under /api.
// All of it is fetched anew when the build changes, and nothing in between: pages, JavaScript and WASM must be of one
// build. `cargo xtask` puts its fingerprint here.
const CACHE = "lungsight-BUILD";
const FILES = [
  ...["lungsight.css", "start.js", "lungsight.js", "lungsight.wasm"],
  ...["worker.js", "masking.js", "masking.wasm"],
  ...["reader.js", "reading.js", "reading.wasm"],
];

const EXAMPLES = ["healthy", "pneumonia", "covid"].flatMap((name) => [0, 1, 2].map((i) => `/examples/${name}-${i}.png`));

// In both languages, by the addresses that the site's own links have.
const PAGES = ["/", "/introduction", "/images", "/diagnosis", "/reference", "/risk"].flatMap((path) => [
  path,
  path === "/" ? "/zh" : `/zh${path}`,
]);

const KEPT = [
  ...PAGES,
  "/offline.html",
  "/favicon.svg",
  "/manifest.webmanifest",
  ...FILES.map((name) => `/pkg/BUILD/${name}`),
  ...EXAMPLES,
  ...EXAMPLES.map((path) => `${path}?masked`),
];

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(KEPT)));
});

addEventListener("activate", (event) => {
  const others = (names) => names.filter((name) => name !== CACHE);
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(others(names).map((name) => caches.delete(name))))
      .then(() => clients.claim()),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const isKept = request.method === "GET" && origin === location.origin && KEPT.includes(pathname);
  if (isKept || (request.mode === "navigate" && request.method === "GET")) {
    event.respondWith(freshOrKept(request, isKept));
  }
});

/** The server's answer; what was kept, when the server can't be reached. */
async function freshOrKept(request, isKept) {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(isKept ? request : "/offline.html", { ignoreVary: true, ignoreSearch: request.mode === "navigate" });
    if (kept) return kept;
    throw unreachable;
  }
}
