/* The addresses that the session object gives: those of the setting jmap_url, or those that the
   client came by. */
#include "../unit.h"
#include "said.h"

struct row {
    const char *setting, *host;
    uint16_t port;
    const char *origin; /* without its scheme */
};

static const struct row rows[] = {
    {"", "mail.example", 443, "mail.example"},
    {"", "mail.example", 0, "mail.example"},
    {"", "mail.example", 8443, "mail.example:8443"},
    {"https://a.example/jmap/session", "mail.example", 8443, "a.example"},
    {"https://a.example:444/", "mail.example", 443, "a.example:444"},
    {"https://a.example", "evil.example", 443, "a.example"},
};

static struct str session_of(struct jmap_said *s, const struct row *row)
{
    const struct peer peer = {.id = 1, .local_port = row->port};
    const struct http_request q = {.method = HTTP_GET,
                                   .host = str_z(row->host),
                                   .peer = &peer,
                                   .who = &s->who,
                                   .secure = true};
    struct http_response a = {.status = 200, .body = rope_of(s->w->cx.arena)};
    s->env.url = str_z(row->setting);
    assert_int_equal(jmap_session(&s->w->cx, &s->env, &q, &a), OK);
    struct str text = rope_flatten(&a.body, s->w->cx.arena);
    rope_drop(&a.body);
    return text;
}

static void addresses_follow_the_setting(void **state)
{
    static const char *const there[] = {
        "\"apiUrl\":\"https://%s/jmap/api\"",
        "\"downloadUrl\":\"https://%s/jmap/download/{accountId}/{blobId}/{name}?accept={type}\"",
        "\"uploadUrl\":\"https://%s/jmap/upload/{accountId}/\"",
        "\"eventSourceUrl\":\"https://%s/jmap/events?",
        "\"url\":\"wss://%s/jmap/ws\"",
    };
    struct imap_world *w = imap_world_open();
    struct jmap_said s;
    (void)state;
    jmap_said_open(&s, w, w->jane);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str text = session_of(&s, &rows[i]);
        for (size_t k = 0; k < sizeof there / sizeof *there; k++) {
            char wanted[200];
            size_t at = strcspn(there[k], "%");
            snprintf(wanted, sizeof wanted, "%.*s%s%s", (int)at, there[k], rows[i].origin,
                     there[k] + at + 2);
            if (str_find(text, str_z(wanted)) == SIZE_MAX)
                fail_msg("row %zu: no %s in %.*s", i, wanted, STR_ARG(text));
        }
        bool other = str_find(text, STR("evil.example")) != SIZE_MAX;
        assert_false(other);
    }
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses_follow_the_setting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
