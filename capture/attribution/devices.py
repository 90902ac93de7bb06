"""What the User-Agent says of the device. Plain arithmetic; a hint for the layout of an answer, never proof."""

import re

_IN_APP = re.compile(
    r"FBAN|FBAV|FB_IAB|Instagram|LinkedInApp|Line/|MicroMessenger|GSA/|Snapchat|Pinterest/|TikTok|; wv\)"
)
_TABLET = re.compile(r"iPad|Tablet|PlayBook|Silk|Android(?!.*Mobile)")
_PHONE = re.compile(r"iPhone|iPod|Mobile|Windows Phone|Opera Mini")


def device(user_agent: str) -> str:
    """`tablet`, `phone` or `desktop`."""
    if _TABLET.search(user_agent):
        return "tablet"
    return "phone" if _PHONE.search(user_agent) else "desktop"


def is_in_app(user_agent: str) -> bool:
    """Whether this is likely the browser inside another app, where new windows and saved files get lost."""
    return bool(_IN_APP.search(user_agent))
