// On every page: has the browser keep the pages for when there is no connection. It can't where the page came over plain
// HTTP from another machine, and won't in private windows; who is online misses nothing.
navigator.serviceWorker?.register("/sw.js").catch(() => {});
