"""The centres' staff: who they are and when on duty, what they are told, and who has acknowledged it.

`people` finds them, `notices` tells them and knows who has not answered, `answers` reads what they write back.
"""
