/* What clients do, at random. */
#include "model.h"

enum { TEXT_MAX = 60 };

/* A message whose text nobody else's has. */
static int new_text(struct client *k, char text[TEXT_MAX])
{
    struct game *g = k->game;
    pthread_mutex_lock(&g->lock);
    unsigned long long token = ++g->next_token;
    pthread_mutex_unlock(&g->lock);
    return snprintf(text, TEXT_MAX, "Subject: a\r\n\r\nToken %llu\r\n", token);
}

static void append(struct client *k)
{
    char text[TEXT_MAX], name[NAME_MAX_BYTES];
    int n = new_text(k, text);
    model_folder(k, name);
    model_say(k, true, "a APPEND %s {%d+}\r\n%s\r\n", name, n, text);
}

static uint32_t any_place(struct client *k)
{
    return (uint32_t)random_below(&k->r, k->count);
}

/* The one that is meant: by its uid, or by its number. */
static bool by_uid(struct client *k)
{
    return k->kind->uid_alone || random_below(&k->r, 2);
}

static void replace(struct client *k)
{
    char text[TEXT_MAX], name[NAME_MAX_BYTES];
    uint32_t place = any_place(k);
    if (!k->at[place].uid)
        return;
    int n = new_text(k, text);
    bool uid = by_uid(k);
    model_folder(k, name);
    model_say(k, true, "a %sREPLACE %u %s {%d+}\r\n%s\r\n", uid ? "UID " : "",
              uid ? k->at[place].uid : place + 1, name, n, text);
}

/* Silent changes are not told, so a client thinks that what it asked for is so. */
static void store(struct client *k)
{
    uint32_t place = any_place(k);
    struct known *x = &k->at[place];
    const struct flag_name *flag = &model_flags[random_below(&k->r, FLAG_NAMES)];
    size_t how = random_below(&k->r, 3);
    bool silent = random_below(&k->r, 2), unchanged = random_below(&k->r, 4) == 0, uid = by_uid(k);
    if (!x->uid)
        return;
    uint32_t its_uid = x->uid;
    char unless[60] = "";
    if (unchanged)
        snprintf(unless, sizeof unless, "(UNCHANGEDSINCE %llu) ", (unsigned long long)x->modseq);
    if (silent) /* what is heard meanwhile wins */
        x->flags = how == 0 ? x->flags | flag->bit : how == 1 ? x->flags & ~flag->bit : flag->bit;
    struct str said = model_say(k, uid, "a %sSTORE %u %s%sFLAGS%s (%s)\r\n", uid ? "UID " : "",
                                uid ? its_uid : place + 1, unless,
                                how == 0   ? "+"
                                : how == 1 ? "-"
                                           : "",
                                silent ? ".SILENT" : "", flag->name);
    bool refused = str_find(said, STR("[MODIFIED ")) != SIZE_MAX;
    if (unchanged) /* from here on each FETCH has its number */
        HOLDS(k, said.n == 0 || refused || str_find(said, STR("a OK ")) != SIZE_MAX ||
                     k->game->at_once);
    if (silent && refused) /* nothing was done, and why is told: ask */
        model_say(k, true, "a UID FETCH %u (UID FLAGS)\r\n", its_uid);
}

static void fetch_text(struct client *k)
{
    uint32_t place = any_place(k), uid = k->at[place].uid;
    if (!uid)
        return;
    k->asked_uid = uid;
    if (by_uid(k))
        model_say(k, true, "a UID FETCH %u (BODY.PEEK[TEXT])\r\n", uid);
    else
        model_say(k, false, "a FETCH %u (BODY[TEXT])\r\n", place + 1);
    k->asked_uid = 0;
}

/* Within the folder, or to the person's own Trash: for a guest that is another account. */
static void copy_or_move(struct client *k, const char *what)
{
    uint32_t place = any_place(k), uid = k->at[place].uid;
    char name[NAME_MAX_BYTES] = "Trash";
    if (!uid)
        return;
    if (random_below(&k->r, 2))
        model_folder(k, name);
    if (by_uid(k))
        model_say(k, true, "a UID %s %u %s\r\n", what, uid, name);
    else
        model_say(k, true, "a %s %u %s\r\n", what, place + 1, name);
}

static void go_away(struct client *k)
{
    if (!model_settle(k))
        return;
    k->selected = false;
    imap_talk_say(k->talk, "a UNSELECT\r\n");
}

/* The line breaks. Of what was heard since all was known, nothing is taken for granted. */
static void break_off(struct client *k)
{
    imap_talk_close(k->talk);
    k->talk = NULL;
    k->selected = k->idles = false;
}

static void rename_folder(struct client *k)
{
    struct game *g = k->game;
    char command[100], to[20];
    pthread_mutex_lock(&g->lock);
    snprintf(to, sizeof to, "F%llu", (unsigned long long)++g->next_name);
    snprintf(command, sizeof command, "a RENAME %s %s\r\n", g->folder, to);
    struct imap_talk *t = imap_talk_open(g->w);
    imap_talk_enter(t, g->w->jane);
    struct str said = imap_talk_say(t, command);
    HOLDS(k, str_find(said, STR("a OK")) != SIZE_MAX);
    imap_talk_close(t);
    memcpy(g->folder, to, sizeof to);
    pthread_mutex_unlock(&g->lock);
}

/* Who had it selected is sent away; nobody may take the new one for the old. */
static void delete_and_create(struct client *k)
{
    struct game *g = k->game;
    char command[100];
    pthread_mutex_lock(&g->lock);
    struct imap_talk *t = imap_talk_open(g->w);
    imap_talk_enter(t, g->w->jane);
    snprintf(command, sizeof command, "d DELETE %s\r\nc CREATE %s\r\n", g->folder, g->folder);
    struct str said = imap_talk_say(t, command);
    HOLDS(k, str_find(said, STR("d OK")) != SIZE_MAX);
    HOLDS(k, str_find(said, STR("c OK")) != SIZE_MAX);
    imap_talk_close(t);
    pthread_mutex_unlock(&g->lock);
}

static void look_around(struct client *k)
{
    model_say(k, true, "a NOOP\r\n");
    model_learn(k);
}

static void act_selected(struct client *k)
{
    if (!k->count || k->count < random_below(&k->r, 12)) {
        append(k);
        return;
    }
    switch (random_below(&k->r, 18)) {
    case 0 ... 3:
        store(k);
        break;
    case 4:
        model_say(k, true, "a EXPUNGE\r\n");
        break;
    case 5:
        model_say(k, true, "a UID EXPUNGE %u:*\r\n", (unsigned)random_below(&k->r, 300) + 1);
        break;
    case 6 ... 7:
        fetch_text(k);
        break;
    case 8:
        model_say(k, true, "a UID FETCH 1:* (UID FLAGS)\r\n");
        break;
    case 9:
        copy_or_move(k, "COPY");
        break;
    case 10:
        copy_or_move(k, "MOVE");
        break;
    case 11: {
        bool uid = by_uid(k);
        model_say(k, uid, "a %sSEARCH DELETED\r\n", uid ? "UID " : "");
        break;
    }
    case 12:
        k->idles = model_say(k, true, "i IDLE\r\n").n > 0; /* nothing: the folder was gone */
        break;
    case 13:
        append(k);
        break;
    case 14:
        replace(k);
        break;
    case 15:
        if (k->kind->resyncs)
            go_away(k);
        break;
    case 16:
        if (k->kind->is_told)
            model_glance(k, false);
        break;
    default:
        look_around(k);
        break;
    }
}

void model_act(struct client *k)
{
    size_t rare = random_below(&k->r, 400);
    if (k->idles) {
        if (random_below(&k->r, 4) == 0)
            model_end_idle(k);
    } else if (!k->selected) {
        if (random_below(&k->r, 5) == 0)
            model_come_back(k);
    } else if (rare == 0) {
        delete_and_create(k);
    } else if (rare < 4) {
        rename_folder(k);
    } else if (rare < 8) {
        break_off(k);
    } else {
        act_selected(k);
    }
}
