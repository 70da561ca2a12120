// Requests to the JSON API from a page: the CSRF token goes along, a problem becomes an exception.

import { _ } from "./texts.js";

const token = document.querySelector("meta[name=csrf-token]").content;

export class Problem extends Error {
  constructor({ what, where, do: advice }) {
    super(what);
    this.where = where ?? "";
    this.advice = advice ?? "";
  }
}

async function send(method, url, body, headers) {
  let response;
  try {
    response = await fetch(url, { method, body, headers: { "X-CSRF-Token": token, ...headers } });
  } catch {
    throw new Problem({ what: _("The server does not answer."), do: _("Check the network, then try again.") });
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  if (response.status === 401) location.assign(`/login?next=${encodeURIComponent(location.pathname)}`);
  const unknown = {
    what: _("The server could not do this."), where: _("status {number}", { number: response.status }), do: _("Try again."),
  };
  throw new Problem(await response.json().catch(() => unknown));
}

export const sendJson = (method, url, value = {}) =>
  send(method, url, JSON.stringify(value), { "Content-Type": "application/json" });

export const sendFile = (url, file) =>
  send("PUT", url, file, { "Content-Type": "application/octet-stream" });

/** Remove something while the page is left: the request outlives it, and nobody waits for the answer. */
export function giveUp(url) {
  fetch(url, { method: "DELETE", keepalive: true, headers: { "X-CSRF-Token": token } }).catch(() => {});
}
