#include "helper/html/xml.h"
#include "base/arena.h"
#include <libxml/xmlreader.h>

static struct str text_of(const xmlChar *text)
{
    return text ? str_z((const char *)text) : (struct str){0};
}

struct str xml_attribute(struct xml *x, const char *name)
{
    xmlTextReaderPtr r = x->inner;
    struct str found = {0};
    while (!found.n && xmlTextReaderMoveToNextAttribute(r) == 1)
        if (str_eq(text_of(xmlTextReaderConstLocalName(r)), str_z(name)))
            found = str_sub(text_of(xmlTextReaderConstValue(r)), 0, XML_VALUE_MAX);
    if (found.n)
        memcpy(x->value, found.p, found.n);
    xmlTextReaderMoveToElement(r);
    return str_of(x->value, found.n);
}

bool xml_is_on(struct xml *x)
{
    struct str value = xml_attribute(x, "val");
    return !str_eq(value, STR("0")) && !str_eq(value, STR("false")) &&
           !str_eq(value, STR("none")) && !str_eq(value, STR("off"));
}

static void tell(struct xml *x, enum xml_kind kind, xml_fn *fn, void *self)
{
    xmlTextReaderPtr r = x->inner;
    x->kind = kind;
    x->name = text_of(xmlTextReaderConstLocalName(r));
    x->text = kind == XML_TEXT ? text_of(xmlTextReaderConstValue(r)) : (struct str){0};
    fn(self, x);
}

void xml_walk(struct str bytes, xml_fn *fn, void *self)
{
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_RECOVER;
    xmlTextReaderPtr r = xmlReaderForMemory(bytes.p, (int)bytes.n, NULL, NULL, options);
    struct xml x = {.inner = r};
    while (r && !x.stop && xmlTextReaderRead(r) == 1) {
        int type = xmlTextReaderNodeType(r);
        if (type == XML_READER_TYPE_ELEMENT) {
            bool empty = xmlTextReaderIsEmptyElement(r);
            tell(&x, XML_OPEN, fn, self);
            if (empty)
                tell(&x, XML_CLOSE, fn, self);
        } else if (type == XML_READER_TYPE_END_ELEMENT) {
            tell(&x, XML_CLOSE, fn, self);
        } else if (type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA ||
                   type == XML_READER_TYPE_SIGNIFICANT_WHITESPACE) {
            tell(&x, XML_TEXT, fn, self);
        }
    }
    xmlFreeTextReader(r);
}
