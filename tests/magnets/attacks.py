"""Ways in which a document may try to reach the network or a file that is not its own.

`{url}` is the address to reach; `{quoted}` is the same, percent-encoded for use inside a data address.
"""

from urllib.parse import quote

SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'

IN_DATA = [quote(part) for part in f'<svg {SVG} width="9" height="9"><image href="|"/></svg>'.split("|")]

ATTACKS = {
    "img": '<img alt="x" src="{url}">',
    "img srcset": '<img alt="x" srcset="{url} 2x" src="{url}">',
    "picture": '<picture><source srcset="{url}"><img alt="x" src="{url}"></picture>',
    "stylesheet": '<link rel="stylesheet" href="{url}">',
    "css import": "<style>@import url('{url}');</style>",
    "css import, bare": "<style>@import '{url}';</style>",
    "font face": "<style>@font-face {{ font-family: x; src: url('{url}') }} p {{ font-family: x }}</style><p>x</p>",
    "font face, local": "<style>@font-face {{ font-family: x; src: local('{url}') }} p {{ font: 9pt x }}</style><p>x",
    "background": "<style>p {{ background: url('{url}') }}</style><p>x</p>",
    "style attribute": "<p style=\"background-image: url('{url}')\">x</p>",
    "list style": "<style>li {{ list-style-image: url('{url}') }}</style><ul><li>x</li></ul>",
    "content": "<style>p::before {{ content: url('{url}') }}</style><p>x</p>",
    "content on an element": "<style>p {{ content: url('{url}') }}</style><p>x</p>",
    "border image": "<style>p {{ border: 3px solid; border-image: url('{url}') 3 }}</style><p>x</p>",
    "mask": "<style>p {{ mask-border-source: url('{url}') }}</style><p>x</p>",
    "page background": "<style>@page {{ background: url('{url}') }}</style><p>x</p>",
    "page margin": "<style>@page {{ @top-left {{ content: url('{url}') }} }}</style><p>x</p>",
    "footnote area": "<style>@page {{ @footnote {{ background: url('{url}') }} }}</style><p>x</p>",
    "colour profile": "<style>@color-profile --x {{ src: url('{url}') }} p {{ color: color(--x 1 0 0) }}</style><p>x",
    "url in a variable": "<style>:root {{ --x: url('{url}') }} p {{ background: var(--x) }}</style><p>x</p>",
    "attribute as url": '<style>p::before {{ content: attr(data-x url) }}</style><p data-x="{url}">x</p>',
    "attachment": '<link rel="attachment" href="{url}">',
    "attachment link": '<a rel="attachment" href="{url}">x</a>',
    "object": '<object data="{url}">x</object>',
    "object, svg": '<object type="image/svg+xml" data="{url}">x</object>',
    "embed": '<embed src="{url}">',
    "iframe": '<iframe src="{url}"></iframe>',
    "input": '<input type="image" src="{url}">',
    "video": '<video poster="{url}" src="{url}"></video>',
    "script": '<script src="{url}"></script>',
    "icon": '<link rel="icon" href="{url}">',
    "refresh": '<meta http-equiv="refresh" content="0; url={url}">',
    "base": '<base href="{url}"><img alt="x" src="x.png">',
    "svg image": f'<svg {SVG} width="9" height="9"><image href="{{url}}" width="9" height="9"/></svg>',
    "svg image, xlink": f'<svg {SVG} width="9" height="9"><image xlink:href="{{url}}" width="9" height="9"/></svg>',
    "svg use": f'<svg {SVG} width="9" height="9"><use href="{{url}}#x"/></svg>',
    "svg style": f'<svg {SVG} width="9" height="9"><style>@import url("{{url}}");</style><rect width="9"/></svg>',
    "svg font": (
        f'<svg {SVG} width="9" height="9"><style>@font-face {{{{ font-family: x; src: url("{{url}}") }}}}</style>'
        '<text font-family="x" y="9">x</text></svg>'
    ),
    "svg fill": f'<svg {SVG} width="9" height="9"><rect width="9" height="9" fill="url({{url}}#x)"/></svg>',
    "svg mask": f'<svg {SVG} width="9" height="9"><rect width="9" height="9" mask="url({{url}}#x)"/></svg>',
    "svg in a data address": "<img alt='x' src='data:image/svg+xml," + IN_DATA[0] + "{quoted}" + IN_DATA[1] + "'>",
    "css in a data address": '<link rel="stylesheet" href="data:text/css,@import url(\'{quoted}\');">',
}

OWN_PICTURES = {
    "image": f'<svg {SVG} width="9" height="9"><image href="{{url}}" width="9" height="9"/></svg>',
    "use": f'<svg {SVG} width="9" height="9"><use xlink:href="{{url}}#x"/></svg>',
    "style": f'<svg {SVG} width="9" height="9"><style>@import "{{url}}";</style><rect width="9" height="9"/></svg>',
    "style sheet": f'<?xml-stylesheet href="{{url}}"?><svg {SVG} width="9" height="9"><rect width="9"/></svg>',
    "entity": (
        f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{{url}}">]><svg {SVG} width="90" height="90"><text y="9">&x;</text></svg>'
    ),
    "external subset": f'<!DOCTYPE svg SYSTEM "{{url}}"><svg {SVG} width="9" height="9"><text y="9">x</text></svg>',
}
