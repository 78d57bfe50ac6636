// Tells the server the reader's time zone (cookie `tz`, an IANA name), so that it can write local times.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

if (zone) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `tz=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
}
