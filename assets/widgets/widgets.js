// Brings the movable figures of a page to life, and loads only those that stand on it.
for (const name of ["standard-error", "no-effect", "likelihood", "shrinkage", "g", "guess"]) {
  if (document.querySelector(`hlm-${name}`)) import(`./${name}.js`);
}
