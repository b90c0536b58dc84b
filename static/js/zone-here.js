// Where this browser is in another time zone than the settings say, it offers its own.
(() => {
  const field = document.getElementById("id_time_zone");
  const offer = document.getElementById("zone-here");
  const zoneOf = (timeZone) => Intl.DateTimeFormat("en", { timeZone }).resolvedOptions().timeZone;

  const same = (name, here) => {
    try {
      return zoneOf(name) === here; // a place may have a former name, too
    } catch {
      return false; // a zone that this browser does not know
    }
  };
  const here = zoneOf();
  const option = [...field.options].find(({ value }) => value === here);
  if (!option || same(field.value, here)) return;

  offer.querySelector("b").textContent = option.text;
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", () => {
    field.value = here;
    offer.hidden = true;
    field.focus();
  });
})();
