/* Xapian, wrapped: exceptions end here and become codes. */
#include <xapian.h>

extern "C" {
#include "base/arena.h"
#include "base/str.h"
}
#include "core/search/xdb.h"

struct xdb {
    Xapian::Database read;
    Xapian::WritableDatabase write;
};

namespace
{

std::string text_of(struct str s)
{
    return std::string(s.p ? s.p : "", s.n);
}

/* Runs step; what it throws becomes a code. */
template <class Step>
enum code guarded(struct ctx *cx, Step step)
{
    try {
        step();
        return OK;
    } catch (const Xapian::DatabaseCorruptError &e) {
        return fail(cx, E_CORRUPT, "index: %s", e.get_msg().c_str());
    } catch (const Xapian::DatabaseOpeningError &e) {
        return fail(cx, E_CORRUPT, "index: %s", e.get_msg().c_str());
    } catch (const Xapian::Error &e) {
        return fail(cx, E_IO, "index: %s", e.get_msg().c_str());
    } catch (const std::exception &e) {
        return fail(cx, E_IO, "index: %s", e.what());
    }
}

/* Keeps x if step does not throw. */
template <class Step>
enum code opened(struct ctx *cx, struct xdb **out, Step step)
{
    struct xdb *x = new xdb();
    enum code code = guarded(cx, [&] { step(x); });
    if (code == OK)
        *out = x;
    else
        delete x;
    return code;
}

Xapian::Query any_of(const struct xgroup &group)
{
    std::vector<Xapian::Query> terms;
    for (size_t i = 0; i < group.count; i++)
        terms.emplace_back(text_of(group.terms[i].text));
    return Xapian::Query(Xapian::Query::OP_SYNONYM, terms.begin(), terms.end());
}

} // namespace

/* Without lists of the terms of each document, which are wanted for replacing one only; synced by
   who makes it. */
enum code xdb_make(struct ctx *cx, const char *dir, struct xdb **out)
{
    enum code code = opened(cx, out, [&](struct xdb *x) {
        x->write = Xapian::WritableDatabase(dir, Xapian::DB_CREATE_OR_OVERWRITE |
                                                     Xapian::DB_BACKEND_GLASS |
                                                     Xapian::DB_NO_TERMLIST | Xapian::DB_NO_SYNC);
    });
    return code == E_CORRUPT ? E_IO : code; /* there was nothing yet that could be */
}

enum code xdb_put(struct ctx *cx, struct xdb *x, const struct xterm *terms, size_t count)
{
    return guarded(cx, [&] {
        Xapian::Document document;
        std::string text;
        for (size_t i = 0; i < count; i++) {
            text.assign(terms[i].text.p, terms[i].text.n);
            document.add_term(text, terms[i].count);
        }
        x->write.add_document(document);
    });
}

enum code xdb_finish(struct ctx *cx, struct xdb *x)
{
    return guarded(cx, [&] { x->write.commit(); });
}

enum code xdb_merge(struct ctx *cx, const char *const *dirs, size_t count, const char *into)
{
    return guarded(cx, [&] {
        Xapian::Database all;
        for (size_t i = 0; i < count; i++)
            all.add_database(Xapian::Database(dirs[i]));
        all.compact(into);
    });
}

enum code xdb_open(struct ctx *cx, const char *dir, struct xdb **out)
{
    return opened(cx, out, [&](struct xdb *x) { x->read = Xapian::Database(dir); });
}

void xdb_close(struct xdb *x)
{
    if (!x)
        return;
    try {
        delete x;
    } catch (const Xapian::Error &) {
        return; /* what was not finished is done again */
    }
}

enum code xdb_find(struct ctx *cx, struct xdb *x, struct str term, struct bits *out)
{
    return guarded(cx, [&] {
        const std::string name = text_of(term);
        Xapian::PostingIterator end = x->read.postlist_end(name);
        for (Xapian::PostingIterator at = x->read.postlist_begin(name); at != end; ++at)
            bits_set(out, *at - 1);
    });
}

/* Documents of several databases are numbered in turn. */
enum code xdb_rank(struct ctx *cx, const struct xasked *asked, struct xranks *out)
{
    return guarded(cx, [&] {
        std::vector<Xapian::Query> words;
        Xapian::Database all;
        auto n = static_cast<Xapian::docid>(asked->databases_n);
        for (size_t i = 0; i < asked->groups_n; i++)
            words.push_back(any_of(asked->groups[i]));
        for (size_t i = 0; i < asked->databases_n; i++)
            all.add_database(asked->databases[i]->read);
        Xapian::Enquire enquire(all);
        enquire.set_query(Xapian::Query(Xapian::Query::OP_AND, words.begin(), words.end()));
        Xapian::MSet set = enquire.get_mset(0, static_cast<Xapian::doccount>(asked->max));
        out->at = static_cast<struct xranked *>(
            arena_array(cx->arena, set.size() + 1, sizeof(struct xranked)));
        out->count = 0;
        for (Xapian::MSetIterator at = set.begin(); at != set.end(); ++at)
            out->at[out->count++] = {(*at - 1) % n, (*at - 1) / n,
                                     static_cast<double>(at.get_percent())};
    });
}

struct xstem {
    Xapian::Stem stem;
};

struct xstem *xstem_open(const char *language)
{
    try {
        return new xstem{Xapian::Stem(language)};
    } catch (const Xapian::Error &) {
        return nullptr;
    }
}

void xstem_close(struct xstem *s)
{
    delete s;
}

size_t xstem_word(struct xstem *s, struct str word, char *out, size_t room)
{
    try {
        std::string stem = s->stem(text_of(word));
        if (stem.size() <= room) {
            stem.copy(out, stem.size());
            return stem.size();
        }
    } catch (const Xapian::Error &) {
        return 0;
    }
    return 0;
}
