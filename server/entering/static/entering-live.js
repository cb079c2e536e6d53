// A sheet at the server follows what others do at its place, while somebody looks at it.
const place = document.getElementById("entering").dataset.place;
const REST_MS = 400;
let events = null;
let waiting = null;

function later() {
  waiting ??= setTimeout(() => {
    waiting = null;
    document.dispatchEvent(new Event("changed-here"));
  }, REST_MS);
}

function follow() {
  if (document.visibilityState === "visible" && !events) {
    events = new EventSource(`/api/live?place=${place}`);
    events.addEventListener("changed", later);
  } else if (document.visibilityState === "hidden" && events) {
    events.close();
    events = null;
  }
}

follow();
document.addEventListener("visibilitychange", follow);
