"use strict";
(() => {
  const place = document.getElementById("map");
  const spec = JSON.parse(document.getElementById("data").textContent);
  // Expressions are interpreted, not compiled: the page's policy allows no script but this one.
  embedMap(place, spec, { actions: false, ast: true, renderer: "svg", tooltip: { theme: "light" } })
    .catch((error) => { place.textContent = `The map cannot be drawn: ${error.message}`; });
})();
