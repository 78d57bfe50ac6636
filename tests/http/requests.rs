//! The frame around every request.

use crate::support::Site;

#[test]
fn everybody_gets_in_where_they_belong() {
    let site = Site::start();
    site.send("GET", "/healthz", &[], b"").expect(200);
    site.visitor().get("/users").expect(303);
    site.admin().open("/users");
    site.administrator(site.a).open("/users");
    site.technician(site.b).open("/users");
    site.nobody(site.a).get("/users").expect(403);
}
