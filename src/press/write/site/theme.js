// Before anything is painted: the theme that the reader chose on an earlier page.
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* no storage: follow the system */ }
