// The archive's page works by links and forms; this spares a click, and folds the filters on a phone.
// Only choosing films needs a script.

import "./choice.js";
import "./duplicates.js";
import "./exclude.js";

const sort = document.getElementById("sort");
sort.addEventListener("change", () => sort.form.requestSubmit());
if (matchMedia("(max-width: 56rem)").matches) document.querySelector(".facets").open = false;
