"""Messages that differ in one thing only: addresses that hide a script, handlers of events."""

HIDDEN = [
    ("plain", "javascript:@J"),
    ("capitals", "JaVaScRiPt:@J"),
    ("blanks before", "   javascript:@J"),
    ("a tab within", "java\tscript:@J"),
    ("a line end within", "java\nscript:@J"),
    ("a return within", "java\rscript:@J"),
    ("a tab by entity", "java&#9;script:@J"),
    ("a tab by name", "java&Tab;script:@J"),
    ("a line end by name", "java&NewLine;script&colon;@J"),
    ("control characters before", "\\x01\\x02\\x1fjavascript:@J"),
    ("null before", "\\x00javascript:@J"),
    ("null within", "java\\x00script:@J"),
    ("entities", "&#106;&#97;&#118;&#97;&#115;&#99;&#114;&#105;&#112;&#116;&#58;@J"),
    ("entities, unfinished", "&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58@J"),
    ("entities with zeros", "&#0000106&#0000097vascript:@J"),
    ("hexadecimal entities", "&#x6A;&#x61;&#x76;&#x61;&#x73;&#x63;&#x72;&#x69;&#x70;&#x74;&#x3A;"
     "@J"),
    ("a colon by entity", "javascript&colon;@J"),
    ("a colon in percent", "javascript%3A@J"),
    ("percent", "%6Aavascript:@J"),
    ("escapes of JavaScript", "\\u006aavascript:@J"),
    ("a no-break space", "\u00a0javascript:@J"),
    ("an ideographic space", "\u3000javascript:@J"),
    ("a zero-width space", "\u200bjavascript:@J"),
    ("a soft hyphen", "java\u00adscript:@J"),
    ("a byte order mark", "\ufeffjavascript:@J"),
    ("a line separator", "java\u2028script:@J"),
    ("a right-to-left mark", "\u200fjavascript:@J"),
    ("full-width letters", "ｊａｖａｓｃｒｉｐｔ：@J"),
    ("a comment for a host", "javascript://bank.example/%0a@J"),
    ("a query for a host", "javascript:/*https://bank.example/*/@J"),
    ("an http address before", "http:javascript:@J"),
    ("url() around", "url(javascript:@J)"),
    ("vbscript", "vbscript:MsgBox(1)"),
    ("livescript", "livescript:@J"),
    ("mocha", "mocha:@J"),
    ("data, html", "data:text/html,<script>@J</script>"),
    ("data, html in base64", "data:text/html;base64,PHNjcmlwdD50b3AuX19yYW49MTwvc2NyaXB0Pg=="),
    ("data, xhtml", "data:application/xhtml+xml,<html xmlns='http://www.w3.org/1999/xhtml'>"
     "<script>@J</script></html>"),
    ("data, svg", "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='@J'/>"),
    ("data, xml with a style sheet", "data:text/xml,<?xml-stylesheet href='@T/x.xsl'?><x/>"),
    ("data, without a type", "data:,<script>@J</script>"),
    ("data, a picture that is none", "data:image/png,<script>@J</script>"),
    ("data, capitals and blanks", " dAtA:text/html,<script>@J</script>"),
    ("data in percent", "data:text/html,%3Cscript%3E@J%3C/script%3E"),
    ("blob", "blob:https://mail.example/0-0-0"),
    ("about", "about:blank#<script>@J</script>"),
    ("view-source", "view-source:javascript:@J"),
    ("feed around javascript", "feed:javascript:@J"),
    ("jar around data", "jar:data:text/html,<script>@J</script>!/"),
    ("filesystem", "filesystem:javascript:@J"),
    ("a scheme with a blank", "java script:@J"),
    ("a scheme with a dot", "x.javascript:@J"),
]

# Where an address can stand.
PLACES = ('<a href="{0}">link</a><a xlink:href="{0}">old</a><img src="{0}"><img srcset="{0} 1x">'
          '<form action="{0}"><button formaction="{0}">x</button></form><iframe src="{0}"></iframe>'
          '<object data="{0}"></object><embed src="{0}"><area href="{0}"><base href="{0}">'
          '<video src="{0}" poster="{0}"></video><blockquote cite="{0}">q</blockquote>'
          '<svg><a href="{0}" xlink:href="{0}"><text>x</text></a><image href="{0}"/></svg>'
          '<math href="{0}">x</math><table background="{0}"></table>'
          '<link rel=stylesheet href="{0}">'
          '<p style="background:url({0})">x</p><meta http-equiv=refresh content="0;url={0}">')

HANDLERS = ["abort", "activate", "animationcancel", "auxclick", "beforecopy", "beforexrselect",
            "cellchange", "command", "dblclick", "deactivate", "devicemotion", "dragover",
            "finish", "focusin", "gesturestart", "gotpointercapture", "keydown", "layoutcomplete",
            "loadedmetadata", "loadend", "mediacomplete", "mouseenter", "movestart", "pagereveal",
            "paint", "popstate", "propertychange", "readystatechange", "rowenter", "search",
            "seeking", "show", "snapchanged", "start", "timeupdate", "touchstart",
            "transitioncancel", "visibilitychange", "waiting", "webkitmouseforcedown"]


def everything():
    """(name, html)"""
    for name, address in HIDDEN:
        yield f"address: {name}", PLACES.replace("{0}", address.replace('"', "&quot;"))
    for i in range(0, len(HANDLERS), 4):
        some = HANDLERS[i:i + 4]
        attributes = " ".join(f'on{name}="@J"' for name in some)
        yield ("handlers: " + ", ".join(some),
               f'<div {attributes} tabindex=0 autofocus><img src="x:" {attributes}>'
               f'<svg {attributes}></svg><input autofocus {attributes}></div>')
