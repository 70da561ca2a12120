// Which part of a worklist is shown. The page's address says it, so that a reload or a bookmark keeps
// it; every request carries it.

import { _ } from "../texts.js";

/** The filter as the server's routes take it: empty, or beginning with a question mark. */
export const filterQuery = () => location.search;

export function clearFilter() {
  location.assign(location.pathname);
}

/** @returns {Array} commands, see `bindKeys`; none where the page offers no filter. */
export function filterCommands(root) {
  const box = root.querySelector("#filter");
  if (!box) return [];
  const form = box.querySelector("form");
  const opener = box.querySelector("[data-act=filter]");
  const show = (open) => {
    form.hidden = !open;
    opener.setAttribute("aria-expanded", open);
    (open ? form.querySelector("select") ?? form.querySelector("button") : opener).focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.assign(location.pathname + queryOf(form));
  });
  form.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  form.querySelector("[data-close]").addEventListener("click", () => show(false));
  const command = (name, keys, act, button) => ({ group: _("Reading"), name, keys, act, button });
  const commands = [command(_("Filter"), ["/"], () => show(form.hidden), "filter")];
  if (filterQuery()) commands.push(command(_("Clear the filter"), ["0"], clearFilter, "clear-filter"));
  return commands;
}

function queryOf(form) {
  const query = new URLSearchParams();
  for (const field of [...form.elements].filter(({ name }) => name)) {
    const asked = field.matches("select") ? field.selectedIndex > 0 : field.value !== "";
    if (asked) query.set(field.name, "percent" in field.dataset ? field.valueAsNumber / 100 : field.value);
  }
  const text = query.toString();
  return text && `?${text}`;
}
