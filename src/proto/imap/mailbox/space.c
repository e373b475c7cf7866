#include "proto/imap/mailbox/space.h"

static const struct str roots[IMAP_SPACE_COUNT] = {
    [IMAP_SPACE_OWN] = STR(""),
    [IMAP_SPACE_OTHERS] = STR("Other Users"),
    [IMAP_SPACE_SHARED] = STR("Shared"),
    [IMAP_SPACE_PUBLIC] = STR("Public"),
};

struct str imap_space_root(enum imap_space space)
{
    return roots[space];
}

enum imap_space imap_space_of(enum principal_kind kind)
{
    switch (kind) {
    case PRINCIPAL_PERSON:
        return IMAP_SPACE_OTHERS;
    case PRINCIPAL_SHARED_MAILBOX:
    case PRINCIPAL_RESOURCE:
        return IMAP_SPACE_SHARED;
    case PRINCIPAL_PUBLIC_TREE:
        return IMAP_SPACE_PUBLIC;
    case PRINCIPAL_GROUP:
    case PRINCIPAL_CONTACT:
        break;
    }
    return IMAP_SPACE_OWN;
}

static bool in_space(struct str name, enum imap_space space, struct imap_name *out)
{
    struct str root = roots[space];
    if (!str_starts(name, root) || name.n <= root.n || name.p[root.n] != '/')
        return false;
    struct str rest = str_from(name, root.n + 1);
    size_t end = str_chr(rest, '/');
    struct str address = str_sub(rest, 0, end);
    if (str_chr(address, '@') == SIZE_MAX)
        return false;
    size_t whole = end == SIZE_MAX ? name.n : root.n + 1 + end + 1;
    *out = (struct imap_name){.space = space,
                              .address = address,
                              .prefix = str_sub(name, 0, whole),
                              .path = str_from(name, whole)};
    return true;
}

struct imap_name imap_name_of(struct str name)
{
    struct imap_name out = {.space = IMAP_SPACE_OWN, .path = name};
    for (enum imap_space space = IMAP_SPACE_OTHERS; space < IMAP_SPACE_COUNT; space++)
        if (in_space(name, space, &out))
            break;
    return out;
}

struct str imap_space_prefix(struct ctx *cx, const struct principal *owner)
{
    const struct str parts[] = {roots[imap_space_of(owner->kind)], STR("/"), owner->address,
                                STR("/")};
    return str_join(cx->arena, parts, 4);
}
