from rinnalla.kit.errors import DomainError


class MentorNotFound(DomainError):
    code, status, title = "mentor_not_found", 404, "There is no such mentor that you may know of"


class TopicNotFound(DomainError):
    code, status, title = "topic_not_found", 404, "There is no such topic"


class TopicCarried(DomainError):
    code, status, title = "topic_carried", 409, "People of other programmes name this topic: it stays"


class PhotoNotFound(DomainError):
    code, status, title = "photo_not_found", 404, "There is no such photo that you may see"


class NotAnImage(DomainError):
    code, status, title = "not_an_image", 400, "The body can't be read as a JPEG, PNG or WebP picture"


class ImageTooLarge(DomainError):
    code, status, title = "image_too_large", 413, "The picture has more than 40 million pixels"


class ListFull(DomainError):
    code, status, title = "list_full", 409, "There are 200 people on the list: take someone off first"
