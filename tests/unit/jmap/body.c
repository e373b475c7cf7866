/* bodyStructure against the tree of the MIME parser, on all its seeds. */
#include "../unit.h"
#include "base/cur.h"
#include "format/json/tree.h"
#include "format/mime.h"
#include "format/utf8.h"
#include "said.h"
#include <dirent.h>

enum { FILES_MAX = 400, FILE_BYTES_MAX = 512 * 1024 };

/* "(a(b c)d)": the types of parts, nested as they are; a message is a leaf. */
static void shape_of_mime(const struct mime *m, uint32_t part, struct buf *out)
{
    const struct mime_part *p = &m->parts[part];
    if (p->node.kind != MIME_MULTIPART) {
        bool broken = str_eq(p->type.type, STR("multipart"));
        buf_printf(out, "%.*s/%.*s ", STR_ARG(broken ? STR("text") : p->type.type),
                   STR_ARG(broken ? STR("plain") : p->type.subtype));
        return;
    }
    buf_byte(out, '(');
    for (uint32_t i = p->node.child; i != MIME_NONE; i = m->parts[i].node.next)
        shape_of_mime(m, i, out);
    buf_byte(out, ')');
}

static void shape_of_json(const struct json_tree *part, struct buf *out)
{
    const struct json_tree *children = json_tree_member(part, STR("subParts"));
    if (!json_tree_is(children, TREE_ARRAY)) {
        buf_printf(out, "%.*s ", STR_ARG(json_tree_text(part, STR("type"))));
        return;
    }
    buf_byte(out, '(');
    for (size_t i = 0; i < children->count; i++)
        shape_of_json(&children->values[i], out);
    buf_byte(out, ')');
}

/* Lists hold leaves, each once. */
static void leaves_are_listed_once(const struct json_tree *email)
{
    static const char *const lists[] = {"textBody", "htmlBody", "attachments"};
    for (size_t i = 0; i < 3; i++) {
        const struct json_tree *list = json_tree_member(email, str_z(lists[i]));
        assert_true(json_tree_is(list, TREE_ARRAY));
        for (size_t k = 0; k < list->count; k++) {
            struct str id = json_tree_text(&list->values[k], STR("partId"));
            assert_true(id.n);
            for (size_t n = 0; n < k; n++)
                assert_false(str_eq(id, json_tree_text(&list->values[n], STR("partId"))));
        }
    }
}

static void agrees(struct jmap_said *s, struct str name, struct str message, unsigned number)
{
    struct arena *a = s->w->cx.arena;
    const struct json_tree *root;
    struct mime *m;
    char ask[400];
    imap_world_deliver(s->w, s->w->jane, "INBOX", message, (struct str){0});
    snprintf(ask, sizeof ask,
             "[\"Email/query\",{\"accountId\":\"A%llx\",\"position\":-1,\"sort\":[{\"property\":"
             "\"receivedAt\"}]},\"0\"],[\"Email/"
             "get\",{\"accountId\":\"A%llx\",\"#ids\":{\"resultOf\":\"0\","
             "\"name\":\"Email/query\",\"path\":\"/"
             "ids\"},\"properties\":[\"bodyStructure\",\"textBody\","
             "\"htmlBody\",\"attachments\",\"bodyValues\"],\"fetchAllBodyValues\":true},\"1\"]",
             (unsigned long long)s->w->jane, (unsigned long long)s->w->jane);
    struct str text = jmap_said(s, ask);
    if (json_tree_read(&s->w->cx, text, &root) != OK)
        return; /* deeper than what is read as JSON here */
    const struct json_tree *args =
        &json_tree_member(root, STR("methodResponses"))->values[1].values[1];
    const struct json_tree *email = &json_tree_member(args, STR("list"))->values[0];
    assert_int_equal(mime_parse(&s->w->cx, message, NULL, &m), OK);
    struct buf wanted = buf_of(a, 1 << 20), got = buf_of(a, 1 << 20);
    shape_of_mime(m, 0, &wanted);
    shape_of_json(json_tree_member(email, STR("bodyStructure")), &got);
    struct str tree = utf8_clean(a, buf_str(&wanted));
    if (!str_eq(tree, buf_str(&got)))
        fail_msg("%.*s (%u): %.*s, not %.*s", STR_ARG(name), number, STR_ARG(buf_str(&got)),
                 STR_ARG(tree));
    leaves_are_listed_once(email);
}

static bool read_file(struct arena *a, struct str path, struct str *out)
{
    FILE *f = fopen(str_zdup(a, path), "rb");
    char *bytes = arena_alloc(a, FILE_BYTES_MAX);
    if (!f)
        return false;
    size_t n = fread(bytes, 1, FILE_BYTES_MAX, f);
    fclose(f);
    *out = str_of(bytes, n);
    return n > 0;
}

/* Messages of a folder; how many there were. */
static unsigned try_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;
    if (!dir)
        return 0;
    struct imap_world *w = NULL;
    struct jmap_said s;
    for (struct dirent *e; count < FILES_MAX && (e = readdir(dir));) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str message;
        if (e->d_name[0] == '.' ||
            !read_file(a, str_printf(a, "%s/%s", folder, e->d_name), &message))
            continue;
        if (count % 40 == 0 && w)
            imap_world_close(w);
        if (count % 40 == 0) {
            w = imap_world_open();
            jmap_said_open(&s, w, w->jane);
        }
        w->cx.now_ms += 1000;
        agrees(&s, str_z(e->d_name), message, count++);
    }
    closedir(dir);
    if (w)
        imap_world_close(w);
    return count;
}

static void trees_agree(void **state)
{
    (void)state;
    assert_true(try_folder("tests/fuzz/seeds/mime") > 0);
    assert_true(try_folder("tests/fuzz/seeds/summary") > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(trees_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
