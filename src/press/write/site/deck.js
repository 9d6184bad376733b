// Start reveal.js with what the deck's settings say.
Reveal.initialize({
  ...JSON.parse(document.querySelector(".slides").dataset.settings),
  plugins: [RevealNotes],
});
