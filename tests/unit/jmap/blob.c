/* What blobIds name, and who may read it. */
#include "proto/jmap/blob.h"
#include "../unit.h"
#include "proto/jmap/email/email.h"
#include "said.h"

#define MESSAGE                                                                                    \
    "Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"         \
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n"                                           \
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A4!\r\n"                               \
    "--b\r\nContent-Type: application/pdf\r\n"                                                     \
    "Content-Disposition: attachment; filename=\"a b.pdf\"\r\n"                                    \
    "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n"                                            \
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nInner\r\n--b--\r\n"

static void spelling_is_one(void **state)
{
    static const char *const bad[] = {"",
                                      "B",
                                      "B0",
                                      "B1-",
                                      "B1-0",
                                      "B01",
                                      "E1",
                                      "B1-1-",
                                      "B1-01",
                                      "b1",
                                      "B1-A",
                                      "BA",
                                      "B1 ",
                                      "U1",
                                      "B11111111111111111",
                                      "B1-100000000",
                                      "B1-ffffffffffffffff"};
    struct arena *a AUTO(arena_close) = arena_open();
    item_id item;
    uint32_t part;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (jmap_blob_of(str_z(bad[i]), &item, &part))
            fail_msg("%s is no blobId", bad[i]);
    assert_str(jmap_blob_id(a, 0x1f, JMAP_BLOB_WHOLE), STR("B1f"));
    assert_str(jmap_blob_id(a, 0x1f, 9), STR("B1f-a"));
    assert_true(jmap_blob_of(STR("B1f-a"), &item, &part));
    assert_true(item == 0x1f && part == 9);
    assert_true(jmap_blob_of(STR("Bffffffffffffffff"), &item, &part));
    assert_true(item == UINT64_MAX && part == JMAP_BLOB_WHOLE);
}

static item_id first_item(struct imap_world *w, uint64_t account, folder_id folder)
{
    struct item_row row;
    assert_int_equal(item_get(&w->cx, w->core, account, folder, 1, &row), OK);
    return row.id;
}

static void content_is(struct imap_world *w, struct jmap_call *call, struct str id,
                       struct str content)
{
    struct jmap_blob blob;
    assert_int_equal(jmap_blob_find(&w->cx, call, id, &blob), OK);
    assert_str(rope_flatten(&blob.bytes, w->cx.arena), content);
    rope_drop(&blob.bytes);
}

static void messages_and_parts(void **state)
{
    struct imap_world *w = imap_world_open();
    struct jmap_said s;
    struct jmap_blob blob;
    (void)state;
    imap_world_deliver(w, w->jane, "INBOX", STR(MESSAGE), STR("Received: here\r\n"));
    jmap_said_open(&s, w, w->jane);
    item_id item = first_item(w, w->jane, 1);
    struct jmap_call call = jmap_said_call(&s, w->jane);
    struct arena *a = w->cx.arena;
    content_is(w, &call, jmap_blob_id(a, item, JMAP_BLOB_WHOLE), STR("Received: here\r\n" MESSAGE));
    content_is(w, &call, jmap_blob_id(a, item, 1), STR("\xc3\xa4!"));
    assert_int_equal(jmap_blob_find(&w->cx, &call, jmap_blob_id(a, item, 2), &blob), OK);
    assert_str(blob.type, STR("application/pdf"));
    assert_str(blob.name, STR("a b.pdf"));
    assert_memory_equal(blob.bytes.first->bytes.p, "\0\1\2", 3);
    assert_int_equal(blob.bytes.bytes, 3);
    content_is(w, &call, jmap_blob_id(a, item, 3), STR("Subject: inner\r\n\r\nInner"));
    content_is(w, &call, str_printf(a, "B%llx-4-1", (unsigned long long)item), STR("Inner"));
    struct str deep = str_printf(a, "B%llx-4-1-1-1-1-1-1-1-1-1-1", (unsigned long long)item);
    assert_int_equal(jmap_blob_find(&w->cx, &call, deep, &blob), E_NOT_FOUND);
    /* a multipart has none, and there are no more */
    assert_int_equal(jmap_blob_find(&w->cx, &call, jmap_blob_id(a, item, 0), &blob), E_NOT_FOUND);
    assert_int_equal(jmap_blob_find(&w->cx, &call, jmap_blob_id(a, item, 9), &blob), E_NOT_FOUND);
    jmap_call_close(&call);
    imap_world_close(w);
}

static enum code asked_by_john(struct imap_world *w, const char *rights)
{
    struct jmap_said s;
    struct jmap_blob blob;
    people_grant(w, w->jane, STR("INBOX"), STR("john"), str_z(rights));
    jmap_said_open(&s, w, w->john);
    struct jmap_call call = {.env = &s.env, .who = &s.who};
    enum code code = jmap_account_enter(&w->cx, &call, jmap_account_id(w->cx.arena, w->jane));
    if (code == OK)
        code = jmap_blob_find(&w->cx, &call,
                              jmap_blob_id(w->cx.arena, first_item(w, w->jane, 1), JMAP_BLOB_WHOLE),
                              &blob);
    if (code == OK)
        rope_drop(&blob.bytes);
    jmap_call_close(&call);
    return code;
}

static void rights_are_asked(void **state)
{
    struct imap_world *w = imap_world_open();
    struct jmap_said s;
    struct jmap_blob blob;
    (void)state;
    imap_world_deliver(w, w->jane, "INBOX", STR(MESSAGE), (struct str){0});
    assert_int_equal(asked_by_john(w, "none"), E_NOT_FOUND);
    assert_int_equal(asked_by_john(w, "l"), E_NOT_FOUND);
    assert_int_equal(asked_by_john(w, "lr"), OK);
    /* nor does the id open anything in an account of one's own */
    jmap_said_open(&s, w, w->john);
    struct jmap_call call = jmap_said_call(&s, w->john);
    struct str id = jmap_blob_id(w->cx.arena, first_item(w, w->jane, 1), JMAP_BLOB_WHOLE);
    assert_int_equal(jmap_blob_find(&w->cx, &call, id, &blob), E_NOT_FOUND);
    jmap_call_close(&call);
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spelling_is_one),
        cmocka_unit_test(messages_and_parts),
        cmocka_unit_test(rights_are_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
