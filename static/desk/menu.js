// A menu of what has no room and no key of its own on the desk, found by typing a part of its name.

/** @param {HTMLDetailsElement} menu with a search field and buttons; its summary says what is pressed. */
export class Menu {
  #menu;
  #search;
  #buttons;

  constructor(menu) {
    this.#menu = menu;
    this.#search = menu.querySelector("input[type=search]");
    this.#buttons = [...menu.querySelectorAll("button")];
    menu.addEventListener("toggle", () => menu.open && document.activeElement !== this.#search && this.#opened());
    this.#search.addEventListener("input", () => this.#narrow());
    menu.addEventListener("keydown", (event) => this.#key(event));
  }

  /** At once, and not when the browser tells of it: what is typed next would label the film. */
  open() {
    this.#menu.open = true;
    this.#opened();
  }

  /** Closed, with the names of what is pressed where they can be seen. */
  close() {
    this.#menu.open = false;
    this.say();
  }

  say() {
    const pressed = this.#buttons.filter((button) => button.getAttribute("aria-pressed") === "true");
    this.#menu.querySelector("[data-pressed]").textContent = pressed.map(({ dataset }) => dataset.name).join(", ");
  }

  #opened() {
    this.#search.value = "";
    this.#narrow();
    this.#search.focus();
  }

  #narrow() {
    const wanted = folded(this.#search.value);
    for (const button of this.#buttons) button.hidden = !folded(button.dataset.name).includes(wanted);
  }

  #key(event) {
    if (event.key === "Escape") this.#leave(event);
    if (event.key !== "Enter" || event.target !== this.#search) return;
    const found = this.#buttons.find((button) => !button.hidden);
    this.#leave(event);
    found?.click();
    this.say();
  }

  #leave(event) {
    event.preventDefault();
    event.stopPropagation();
    this.#search.blur();
    this.close();
  }
}

/** Without case and accents, as people type. */
function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
