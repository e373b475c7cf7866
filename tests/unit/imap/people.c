#include "people.h"
#include "core/folder.h"
#include "core/share/sharing.h"

static void check(const struct ctx *cx, enum code code, const char *what)
{
    if (code == OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, code_name(code), cx->err.what);
    abort();
}

uint64_t people_add(struct imap_world *w, const char *name, enum principal_kind kind)
{
    struct principal p = {.kind = kind,
                          .domain = w->domain,
                          .name = str_z(name),
                          .display = str_z(name),
                          .enabled = true};
    principal_id id;
    check(&w->cx, directory_add(&w->cx, w->core, &p, NULL, &id), "directory_add");
    return id;
}

uint64_t people_find(struct imap_world *w, struct str name)
{
    struct principal p;
    struct str address = str_printf(w->cx.arena, "%.*s@example.com", STR_ARG(name));
    check(&w->cx, directory_by_address(&w->cx, w->core, address, &p), "who");
    return p.id;
}

void people_join(struct imap_world *w, uint64_t group, uint64_t member)
{
    check(&w->cx, directory_member_add(&w->cx, w->core, group, member), "join");
}

void people_roles(struct imap_world *w, uint64_t who, struct str roles)
{
    struct principal p;
    check(&w->cx, directory_by_id(&w->cx, w->core, who, &p), "who");
    p.roles = roles;
    check(&w->cx, directory_set(&w->cx, w->core, &p), "roles");
}

static enum code make(struct ctx *cx, struct account_txn *t, void *arg)
{
    folder_id id;
    return folder_create(cx, t, *(const struct str *)arg, KIND_MAIL, ROLE_NONE, &id);
}

void people_folder(struct imap_world *w, uint64_t owner, struct str path)
{
    check(&w->cx, account_update(&w->cx, w->core, owner, make, &path), "folder");
}

static uint32_t right_of(char letter)
{
    struct str letters = STR("lrswipkxtea n");
    size_t at = str_chr(letters, letter);
    must(at != SIZE_MAX);
    return 1u << at;
}

void people_grant(struct imap_world *w, uint64_t owner, struct str folder, struct str who,
                  struct str rights)
{
    struct grant g = {.kind = GRANTEE_DEFAULT};
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct principal p;
    folder_id id = 0;
    check(&w->cx, account_view_get(&w->cx, w->core, owner, &v), "account");
    if (!str_eq(folder, STR("/"))) {
        must(account_folder_by_path(v, folder));
        id = account_folder_by_path(v, folder)->id;
    }
    for (size_t i = 0; i < rights.n && !str_eq(rights, STR("none")); i++)
        g.rights |= right_of(rights.p[i]);
    if (!str_eq(who, STR("anyone"))) {
        g.who = people_find(w, who);
        check(&w->cx, directory_by_id(&w->cx, w->core, g.who, &p), "grantee");
        g.kind = p.kind == PRINCIPAL_GROUP ? GRANTEE_GROUP : GRANTEE_PRINCIPAL;
    }
    check(&w->cx, sharing_grant(&w->cx, w->core, owner, id, &g), "grant");
}

static const struct {
    struct str name;
    enum principal_kind kind;
} kinds[] = {
    {STR("person"), PRINCIPAL_PERSON},     {STR("shared"), PRINCIPAL_SHARED_MAILBOX},
    {STR("resource"), PRINCIPAL_RESOURCE}, {STR("public"), PRINCIPAL_PUBLIC_TREE},
    {STR("group"), PRINCIPAL_GROUP},
};

static void people_home(struct imap_world *w, uint64_t who, struct str host)
{
    struct principal p;
    check(&w->cx, directory_by_id(&w->cx, w->core, who, &p), "home");
    p.home = str_eq(host, STR("here")) ? (struct str){0} : host;
    check(&w->cx, directory_set(&w->cx, w->core, &p), "home");
}

static bool add_line(struct imap_world *w, struct str name, struct str kind)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_eq(kind, kinds[i].name))
            continue;
        people_add(w, str_zdup(w->cx.arena, name), kinds[i].kind);
        return true;
    }
    return false;
}

enum { WORDS_MAX = 5 };

static size_t words_of(struct str line, struct str *words)
{
    size_t n = 0;
    while (line.n && n < WORDS_MAX) {
        size_t at = str_chr(line, ' ');
        words[n++] = str_sub(line, 0, at);
        line = at == SIZE_MAX ? (struct str){0} : str_from(line, at + 1);
    }
    return n;
}

bool people_line(struct imap_world *w, struct str line)
{
    struct str words[WORDS_MAX];
    size_t n = words_of(line, words);
    if (n == 3 && str_eq(words[0], STR("add")))
        return add_line(w, words[1], words[2]);
    if (n == 2 && str_eq(words[0], STR("password")))
        imap_world_password(w, people_find(w, words[1]), "secret");
    else if (n == 3 && str_eq(words[0], STR("join")))
        people_join(w, people_find(w, words[1]), people_find(w, words[2]));
    else if (n == 3 && str_eq(words[0], STR("roles")))
        people_roles(w, people_find(w, words[1]), words[2]);
    else if (n == 3 && str_eq(words[0], STR("home")))
        people_home(w, people_find(w, words[1]), words[2]);
    else if (n == 3 && str_eq(words[0], STR("folder")))
        people_folder(w, people_find(w, words[1]), words[2]);
    else if (n == 5 && str_eq(words[0], STR("grant")))
        people_grant(w, people_find(w, words[1]), words[2], words[3], words[4]);
    else
        return false;
    return true;
}
