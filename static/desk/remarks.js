// What goes along with a label: findings, a note, and whether it holds for the whole study.

import { _ } from "../texts.js";

export class Remarks {
  #tags;
  #wholeStudy;
  #note;

  /** @param {HTMLElement} root with a button for each finding, one for the study, and a note. */
  constructor(root) {
    this.#tags = [...root.querySelectorAll("[data-finding]")];
    this.#wholeStudy = root.querySelector("#whole-study");
    this.#note = root.querySelector("#note");
    this.#note.addEventListener("keydown", (event) => this.#leaveNote(event));
    this.#note.addEventListener("input", () => this.#grow());
  }

  /** As the server wants it. */
  get said() {
    return {
      findings: this.#tags.filter(isOn).map(({ dataset }) => Number(dataset.finding)),
      note: this.#note.value,
      whole_study: isOn(this.#wholeStudy),
    };
  }

  get commands() {
    const tags = this.#tags.map((button) => ({
      group: _("Findings"),
      name: button.dataset.name,
      keys: button.dataset.key ? [button.dataset.key] : [],
      act: () => toggle(button),
      button: button.dataset.act,
    }));
    return [
      ...tags,
      {
        group: _("Reading"), name: _("Label the whole study"), keys: ["a"],
        act: () => this.#toggleStudy(), button: "whole-study",
      },
      {
        group: _("Reading"), name: _("Write a note; Enter goes back to the film"), keys: ["n"],
        act: () => this.#note.focus(), button: "note",
      },
    ];
  }

  /** Each film begins without remarks, or with those of the answer that was taken back. */
  begin({ others, former }) {
    for (const button of this.#tags) {
      button.setAttribute("aria-pressed", String(former?.findings.includes(Number(button.dataset.finding)) ?? false));
    }
    this.#wholeStudy.setAttribute("aria-pressed", "false");
    this.#wholeStudy.hidden = !others.length;
    this.#note.value = former?.note ?? "";
    this.#grow();
  }

  /** As high as what is written; the style says how high at most. */
  #grow() {
    this.#note.style.height = "auto";
    if (this.#note.value) this.#note.style.height = `${this.#note.scrollHeight + 2}px`;
  }

  #toggleStudy() {
    if (!this.#wholeStudy.hidden) toggle(this.#wholeStudy);
  }

  #leaveNote(event) {
    if (event.key !== "Escape" && (event.key !== "Enter" || event.shiftKey)) return;
    event.preventDefault();
    this.#note.blur();
  }
}

function isOn(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function toggle(button) {
  button.setAttribute("aria-pressed", String(!isOn(button)));
}
