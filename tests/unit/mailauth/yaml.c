#include "yaml.h"
#include "../world/archive.h"
#include "unit.h"
#include <yaml.h>

enum { DOCUMENTS_MAX = 64 };

struct suite {
    yaml_parser_t parser;
    struct arena *arena; /* the text */
    yaml_document_t documents[DOCUMENTS_MAX];
    size_t count;
};

struct suite *suite_open(const char *archive, const char *file)
{
    struct arena *a = arena_open();
    struct cur files;
    struct str name, text;
    if (!archive_open(a, archive, &files)) {
        arena_close(a);
        return NULL;
    }
    do
        assert_true(archive_next(&files, &name, &text));
    while (!str_ends(name, str_z(file)));
    struct suite *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->arena = a;
    assert_true(yaml_parser_initialize(&s->parser));
    yaml_parser_set_input_string(&s->parser, (const unsigned char *)text.p, text.n);
    return s;
}

void suite_close(struct suite *s)
{
    for (size_t i = 0; i < s->count; i++)
        yaml_document_delete(&s->documents[i]);
    yaml_parser_delete(&s->parser);
    arena_close(s->arena);
    free(s);
}

node suite_next(struct suite *s)
{
    assert_true(s->count < DOCUMENTS_MAX);
    yaml_document_t *d = &s->documents[s->count];
    assert_true(yaml_parser_load(&s->parser, d));
    s->count++;
    return yaml_document_get_root_node(d);
}

/* Nodes are numbers in the document of the moment. */
static node at(struct suite *s, int index)
{
    return yaml_document_get_node(&s->documents[s->count - 1], index);
}

bool node_pair(struct suite *s, node mapping, size_t i, struct str *key, node *value)
{
    if (!mapping || mapping->type != YAML_MAPPING_NODE)
        return false;
    const yaml_node_pair_t *pair = mapping->data.mapping.pairs.start + i;
    if (pair >= mapping->data.mapping.pairs.top)
        return false;
    *key = node_text(at(s, pair->key));
    *value = at(s, pair->value);
    return true;
}

node node_get(struct suite *s, node mapping, const char *wanted)
{
    struct str key;
    node value;
    for (size_t i = 0; node_pair(s, mapping, i, &key, &value); i++)
        if (str_eq(key, str_z(wanted)))
            return value;
    return NULL;
}

node node_item(struct suite *s, node sequence, size_t i)
{
    if (!sequence || sequence->type != YAML_SEQUENCE_NODE)
        return i == 0 ? sequence : NULL;
    const yaml_node_item_t *item = sequence->data.sequence.items.start + i;
    return item < sequence->data.sequence.items.top ? at(s, *item) : NULL;
}

bool node_is_scalar(node n)
{
    return n && n->type == YAML_SCALAR_NODE;
}

struct str node_text(node scalar)
{
    if (!node_is_scalar(scalar))
        return (struct str){0};
    return str_of(scalar->data.scalar.value, scalar->data.scalar.length);
}
