"""CleanVision's scan of a folder: all of its checks that need no labels."""
import contextlib
import io

from cleanvision import Imagelab

import side

options = side.options()


def work():
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        lab = Imagelab(data_path=options["folder"])
        lab.find_issues(n_jobs=options["jobs"], verbose=False)
    flagged = {name: int(lab.issues[name].sum()) for name in lab.issues if name.startswith("is_")}
    return {"images": len(lab.issues), "flagged": flagged}


side.serve(work)
