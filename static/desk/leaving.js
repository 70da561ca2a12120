// What a page does when it is left: the films in the reader's hands go back to the others at once.

const token = document.querySelector("meta[name=csrf-token]").content;

/**
 * @param {string} worklist as the server calls it; `grid` for the grid.
 * @param {() => (string|null|undefined)} leasedUntil as the server's last answer says it: what a page
 *   opened since has leased stays there. Null while an answer is on its way, which may lease more.
 *   Undefined where there is nothing to give back.
 * @param {() => void} again called where the browser brings the page back as it was.
 */
export function giveBackOnLeaving(worklist, leasedUntil, again) {
  addEventListener("pagehide", () => {
    const until = leasedUntil();
    if (until !== undefined) giveBack({ worklist, leased_until: until });
  });
  addEventListener("pageshow", ({ persisted }) => persisted && again());
}

/** Sent on after the page is gone; where it does not arrive, the leases run out by themselves. */
function giveBack(left) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": token };
  fetch("/api/v1/leases/give-back", { method: "POST", keepalive: true, headers, body: JSON.stringify(left) })
    .catch(() => {});
}
