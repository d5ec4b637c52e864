"""The router of the second database, which no deployment of one database has."""


class StudentModuleHistoryExtendedRouter:
    database = "student_module_history"

    def db_for_read(self, model, **hints):
        return self.database if model._meta.app_label == "coursewarehistoryextended" else None

    db_for_write = db_for_read
