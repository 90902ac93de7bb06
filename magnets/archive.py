"""A document to be filed for decades: PDF/A-3u (ISO 19005-3) beside PDF/UA-1, where WeasyPrint leaves it short."""

import io

from pikepdf import Name, Object, Pdf, PdfImage, Stream

UA = """<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas>
</rdf:Description>"""
"""PDF/A lets metadata name another standard only together with a description of its properties (6.6.2.3)."""


def finish(pdf: Pdf) -> None:
    """Name both standards, and mend pictures: nothing interpolated, and no colours that only a press knows."""
    metadata = pdf.Root.Metadata
    metadata.write(metadata.read_bytes().replace(b"</rdf:RDF>", UA.encode() + b"</rdf:RDF>"))
    for picture in [each for each in pdf.objects if isinstance(each, Stream) and _is_picture(each)]:
        if "/Interpolate" in picture:
            del picture["/Interpolate"]
        if picture.get("/ColorSpace") == Name.DeviceCMYK:
            _into_screen_colours(picture)


def _is_picture(stream: Object) -> bool:
    return bool(stream.get("/Subtype") == Name.Image)


def _into_screen_colours(picture: Stream) -> None:
    """The colours of a press, without the profile of one, mean what a plain conversion makes of them."""
    shown = PdfImage(picture).as_pil_image().convert("RGB")
    file = io.BytesIO()
    shown.save(file, "JPEG", quality=90)
    for key in ("/Decode", "/DecodeParms"):
        if key in picture:
            del picture[key]
    picture.ColorSpace = Name.DeviceRGB
    picture.write(file.getvalue(), filter=Name.DCTDecode)
