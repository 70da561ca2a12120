// One film of the archive in the reader's viewer, with the patient's other films beside it: to look at,
// with the same tools and keys, and nothing to decide.

import { Desk } from "./desk/desk.js";

const root = document.querySelector("#desk");
const film = JSON.parse(root.dataset.film);
const item = { film, position: 0, others: [], opinions: [], suggestion: null, former: null };

const source = { first: async () => ({ item, upcoming: [], leased_until: null }), then: async (answer) => answer };
await new Desk(() => [], () => {}, () => "", source).start();
root.querySelector("[data-act=compare]").click();
