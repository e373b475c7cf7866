/* Following the change log: messages come into the index, and leave it. */
#include "base/map.h"
#include "base/rope.h"
#include "core/change.h"
#include "core/search/inner.h"
#include "format/mime.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POSTINGS_MAX = 1500000, TERMS_FIRST = 1024 }; /* what is held in memory until a commit */

struct search_writer {
    struct search *search;
    account_id account;
    struct xdb *db;
    struct words_writer *words[WORDS_FILES];
    struct bits known;
    uint64_t modseq;
    size_t postings;
};

/* A message's terms, each once with its count. */
struct terms {
    struct arena *arena;
    struct xterm *slots;
    size_t room, count, bytes;
    struct buf text;
    char letter;
    bool cut, noisy;
};

static size_t slot_at(const struct terms *t, struct str text)
{
    size_t at = (size_t)hash_bytes(text) & (t->room - 1);
    while (t->slots[at].text.p && !str_eq(t->slots[at].text, text))
        at = (at + 1) & (t->room - 1);
    return at;
}

static void terms_grow(struct terms *t)
{
    struct terms old = *t;
    t->room = old.room ? old.room * 2 : TERMS_FIRST;
    t->slots = ARENA_ARRAY(t->arena, t->room, struct xterm);
    for (size_t i = 0; i < old.room; i++)
        if (old.slots[i].text.p)
            t->slots[slot_at(t, old.slots[i].text)] = old.slots[i];
}

static void term_add(struct terms *t, struct str text, uint32_t times)
{
    if (t->count * 2 >= t->room)
        terms_grow(t);
    struct xterm *term = &t->slots[slot_at(t, text)];
    if (!term->text.p) {
        term->text = str_dup(t->arena, text);
        t->count++;
    }
    term->count += times;
}

static void word_add(void *self, struct str word)
{
    struct terms *t = self;
    char text[SEARCH_WORD_MAX + 4];
    text[0] = t->letter;
    memcpy(text + 1, word.p, word.n);
    term_add(t, str_of(text, word.n + 1), 1);
}

static bool take_run(void *self, uint32_t where, struct str run)
{
    struct terms *t = self;
    if (where == SEARCH_NOISY) {
        t->noisy = true;
        return true;
    }
    t->letter = SEARCH_LETTER[__builtin_ctz(where)];
    buf_byte(&t->text, t->letter);
    buf_le_str(&t->text, run);
    t->cut = t->text.overflow;
    if (!t->cut)
        search_tokens(run, word_add, t);
    return !t->cut;
}

/* A message too long, or one that cannot be read, is in the index by a mark alone. */
static void only_mark(struct terms *t)
{
    *t = (struct terms){.arena = t->arena, .cut = true, .text = buf_of(t->arena, 1)};
    term_add(t, SEARCH_MARK_CUT, 0);
}

/* The terms lie together afterwards. */
static void terms_close_up(struct terms *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->room; i++)
        if (t->slots[i].text.p)
            t->slots[n++] = t->slots[i];
}

static struct words_writer *words_for(struct search_writer *w, char letter)
{
    return w->words[str_chr(STR("PBD"), letter) != SIZE_MAX ? WORDS_BODY : WORDS_HEAD];
}

static enum code terms_put(struct ctx *cx, struct search_writer *w, item_id id, struct terms *t)
{
    if (t->noisy)
        term_add(t, SEARCH_MARK_NOISY, 0);
    terms_close_up(t);
    for (size_t i = 0; i < t->count; i++)
        if (t->slots[i].text.p[0] != 'X')
            words_add(words_for(w, t->slots[i].text.p[0]), t->slots[i].text);
    TRY(xdb_put(cx, w->db, (uint32_t)id, t->slots, t->count, buf_str(&t->text)));
    w->postings += t->count;
    bits_set(&w->known, id);
    return OK;
}

static struct str flat(struct arena *a, const struct rope *r)
{
    if (!r->first)
        return (struct str){0};
    return r->first->next ? rope_flatten(r, a) : r->first->bytes;
}

static enum code read_terms(struct ctx *cx, struct search_writer *w, const struct change *change,
                            struct terms *t)
{
    struct item_row row;
    struct mime *m;
    struct rope bytes = rope_of(cx->arena);
    TRY(item_get(cx, w->search->core, w->account, change->folder, change->uid, &row));
    enum code code = item_bytes(cx, w->search->core, &row, 0, row.size, &bytes);
    if (code == OK)
        code = mime_parse(cx, flat(cx->arena, &bytes), NULL, &m);
    if (code == OK)
        code = search_runs(cx, w->search, m, SEARCH_IN_TEXT, take_run, t);
    rope_drop(&bytes);
    return code;
}

static enum code add(struct ctx *cx, struct search_writer *w, const struct change *change)
{
    struct terms t = {.arena = cx->arena, .text = buf_of(cx->arena, SEARCH_TEXT_MAX)};
    terms_grow(&t);
    enum code code = read_terms(cx, w, change, &t);
    if (code == E_NOT_FOUND)
        return OK; /* gone meanwhile: a later change says so */
    if (code == E_IO)
        return code;
    if (code != OK || t.cut)
        only_mark(&t);
    return terms_put(cx, w, change->item, &t);
}

static bool is_kept(const struct account_view *v, folder_id folder)
{
    const struct folder_facts *f = account_folder_by_id(v, folder);
    return f && !f->hidden; /* recoverable items are not searched */
}

static enum code follow(struct ctx *cx, struct search_writer *w, const struct account_view *v,
                        const struct change *change, struct search_step *step)
{
    bool known = bits_has(&w->known, change->item);
    if (change->item >= SEARCH_ID_MAX)
        return OK;
    if (change->what == CHANGE_ITEM && !known && is_kept(v, change->folder)) {
        step->messages++;
        return add(cx, w, change);
    }
    if (change->what == CHANGE_GONE_ITEM && change->how != GONE_MOVED && known) {
        step->removed++;
        bits_clear(&w->known, change->item);
        return xdb_remove(cx, w->db, (uint32_t)change->item);
    }
    return OK;
}

/* Whether this step has done its share. */
static bool is_enough(const struct search_writer *w, const struct search_step *step)
{
    return step->messages >= step->messages_max || w->postings >= POSTINGS_MAX ||
           (step->stop && step->stop(step->stop_self));
}

/* A change is noted as done when the next number begins: one number may tell several items. */
static enum code follow_all(struct ctx *cx, struct search_writer *w, struct change_scan *scan,
                            struct search_step *step)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx inner = *cx;
    struct change change;
    uint64_t last = w->modseq;
    inner.arena = arena;
    TRY(account_view_get(cx, w->search->core, w->account, &v));
    while (change_next(scan, &change)) {
        if (change.modseq != last && is_enough(w, step)) {
            step->more = true;
            break;
        }
        last = change.modseq;
        enum code code = follow(&inner, w, v, &change, step);
        cx->err = inner.err;
        TRY(code);
        arena_reset(arena);
    }
    w->modseq = last;
    return change_scan_error(scan);
}

static enum code commit(struct ctx *cx, struct search_writer *w)
{
    uint64_t bytes;
    for (int i = 0; i < WORDS_FILES; i++) {
        if (!words_write(w->words[i], &bytes))
            return fail(cx, E_IO, "index: %s: %s", words_names[i], strerror(errno));
        TRY(xdb_set_number(cx, w->db, words_names[i], bytes));
    }
    TRY(xdb_set_number(cx, w->db, "layout", SEARCH_LAYOUT));
    TRY(xdb_set_number(cx, w->db, "modseq", w->modseq));
    TRY(xdb_commit(cx, w->db));
    w->postings = 0;
    search_committed(w->search, w->account);
    return OK;
}

static void files_remove(struct ctx *cx, const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    while (d && (entry = readdir(d)))
        if (entry->d_name[0] != '.')
            unlink(str_printf(cx->arena, "%s/%s", dir, entry->d_name).p);
    if (d)
        closedir(d);
    rmdir(dir);
}

void search_drop(struct search *s, account_id account)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    reader_forget(s, account);
    files_remove(&cx, search_path(arena, s, account, NULL));
}

enum code search_is_of(struct ctx *cx, struct core *c, account_id account, uint64_t modseq)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, account, &v));
    if (modseq > account_facts(v)->modseq)
        return fail(cx, E_CORRUPT, "the index is ahead of its account");
    return OK;
}

static enum code load(struct ctx *cx, struct search_writer *w)
{
    uint64_t layout, bytes;
    TRY(xdb_number(cx, w->db, "layout", &layout));
    if (layout != SEARCH_LAYOUT && (layout || xdb_documents(w->db)))
        return fail(cx, E_CORRUPT, "index of layout %llu", (unsigned long long)layout);
    TRY(xdb_number(cx, w->db, "modseq", &w->modseq));
    TRY(search_is_of(cx, w->search->core, w->account, w->modseq));
    for (int i = 0; i < WORDS_FILES; i++) {
        TRY(xdb_number(cx, w->db, words_names[i], &bytes));
        const char *path = search_path(cx->arena, w->search, w->account, words_names[i]);
        w->words[i] = words_writer_open(path, bytes);
        if (!w->words[i])
            return fail(cx, E_CORRUPT, "index: %s is shorter than it should be", words_names[i]);
    }
    return xdb_find(cx, w->db, (struct str){0}, &w->known);
}

static void let_go(struct search_writer *w)
{
    for (int i = 0; i < WORDS_FILES; i++) {
        words_writer_close(w->words[i]);
        w->words[i] = NULL;
    }
    xdb_close(w->db);
    bits_free(&w->known);
    w->db = NULL;
    w->modseq = 0;
}

static enum code open_files(struct ctx *cx, struct search_writer *w)
{
    TRY(xdb_open(cx, search_path(cx->arena, w->search, w->account, NULL), true, &w->db));
    enum code code = load(cx, w);
    if (code != OK)
        let_go(w);
    return code;
}

/* Thrown away and begun anew. */
static enum code open_anew(struct ctx *cx, struct search_writer *w)
{
    let_go(w);
    search_drop(w->search, w->account);
    return open_files(cx, w);
}

enum code search_writer_open(struct ctx *cx, struct search *s, account_id account,
                             struct search_writer **out)
{
    struct search_writer *w = calloc(1, sizeof *w);
    must(w);
    w->search = s;
    w->account = account;
    mkdir(str_zdup(cx->arena, s->config.dir), 0700);
    enum code code = open_files(cx, w);
    if (code == E_CORRUPT)
        code = open_anew(cx, w);
    if (code == OK)
        *out = w;
    else
        free(w);
    return code;
}

enum code search_writer_step(struct ctx *cx, struct search_writer *w, struct search_step *step)
{
    struct change_scan *scan AUTO(change_scan_close) = NULL;
    step->messages = step->removed = 0;
    step->more = false;
    enum code code = change_scan(cx, w->search->core, w->account, w->modseq, 0, &scan);
    if (code == E_NOT_FOUND && w->modseq) { /* too old to be told what went */
        TRY(open_anew(cx, w));
        code = change_scan(cx, w->search->core, w->account, 0, 0, &scan);
    }
    TRY(code);
    TRY(follow_all(cx, w, scan, step));
    TRY(commit(cx, w));
    step->modseq = w->modseq;
    return OK;
}

void search_writer_close(struct search_writer *w)
{
    let_go(w);
    free(w);
}

static uint64_t bytes_in(struct ctx *cx, const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    struct stat facts;
    uint64_t bytes = 0;
    while (d && (entry = readdir(d)))
        if (stat(str_printf(cx->arena, "%s/%s", dir, entry->d_name).p, &facts) == 0 &&
            S_ISREG(facts.st_mode))
            bytes += (uint64_t)facts.st_size;
    if (d)
        closedir(d);
    return bytes;
}

enum code search_status(struct ctx *cx, struct search *s, account_id account,
                        struct search_status *out)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct reader *r;
    TRY(account_view_get(cx, s->core, account, &v));
    *out = (struct search_status){.modseq = account_facts(v)->modseq};
    if (reader_take(cx, s, account, &r) != OK)
        return OK;
    out->indexed_modseq = r->modseq;
    out->messages = bits_count(&r->known);
    reader_give(s, r);
    out->bytes = bytes_in(cx, search_path(cx->arena, s, account, NULL));
    return OK;
}
