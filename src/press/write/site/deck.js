// Start reveal.js with what the deck's settings say.
Reveal.initialize({
  ...JSON.parse(document.querySelector(".slides").dataset.settings),
  plugins: [RevealNotes],
});
// A picture that comes after its slide was laid out has been given no height.
Reveal.getSlidesElement().addEventListener("load", () => Reveal.layout(), true);
