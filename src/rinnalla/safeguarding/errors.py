from rinnalla.kit.errors import DomainError


class ReportNotFound(DomainError):
    code, status, title = "report_not_found", 404, "There is no such report in your programme"
