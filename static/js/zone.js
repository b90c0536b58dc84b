// Whoever signs up begins in this browser's time zone.
for (const field of document.querySelectorAll("input[name=time_zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
