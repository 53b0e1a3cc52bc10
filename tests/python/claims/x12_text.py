"""X12 837 files to read: a professional claim, an institutional one, and what is made of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.claims.model import Claim
from claimlogic.claims.x12 import claims_from_x12
from claimlogic.errors import InputError

SAMPLES = Path(__file__).parents[2] / "samples" / "x12"

# Counted by eye: the CLM segments of each sample that holds 837 claims.
CLAIMS = {
    "hccinfhir_sample_837_1.txt": 1,
    "hccinfhir_sample_837_2.txt": 1,
    "hccinfhir_sample_837_3.txt": 1,
    "imsweb_x12_complex.txt": 6,
    "imsweb_x12_multiple_isa.txt": 4,
    "imsweb_x12_valid_different_separators.txt": 2,
    "lfh_demo.autoaccident.837": 1,
    "lfh_demo.example1.837": 1,
    "lfh_demo.example7.837": 1,
    "lfh_institutional-claim.837i": 1,
    "lfh_two-claims-single-provider.837i": 2,
}

CANARY = "ZZPHI"

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250314*1147*^*00501*000000907*1*T*:~"
BODY = """
BHT*0019*00*1*20250314*1147*CH
NM1*41*2*ZZPHI SUBMITTER*****46*1
HL*1**20*1
NM1*85*2*ZZPHI GROUP*****XX*1000000001
PRV*BI*PXC*282N00000X
HL*2*1*22*1
SBR*P**ZZPHI PLAN******CI
NM1*IL*1*ZZPHI*ZZPHI****MI*ZZPHI9
DMG*D8*19600101*M
NM1*PR*2*A Payer, Inc.*****PI*1
HL*3*2*23*0
NM1*QC*1*ZZPHI*ZZPHI
N3*1 ZZPHI STREET
DMG*D8*20000315*F
CLM*ZZPHI-7*100***22:B:1*Y*A*Y*Y
REF*EA*ZZPHI8
HI*ABK:M5451*ABF:E119
NM1*82*1*DOCTOR*ONE****XX*1000000002
PRV*PE*PXC*208100000X
SBR*S*01*ZZPHI******MB
NM1*82*1*OTHER*PAYERS****XX*1000000009
LX*1
SV1*HC:62323:LT:59*100*UN*2***1:2
DTP*472*D8*20250314
LX*2
SV1*HC:77003:26*50*UN*1.0*19**2
DTP*472*RD8*20250314-20250316
NM1*82*1*DOCTOR*TWO****XX*1000000003
"""
INSTITUTIONAL = """
HL*1**20*1
NM1*85*2*HOSPITAL*****XX*1000000001
HL*2*1*22*0
SBR*P*18*******MA
CLM*H-1*100***13:A:1*Y*A*Y*Y
DTP*434*RD8*20250310-20250312
HI*ABK:M5451
LX*1
SV2*0250**10*UN*1
LX*2
SV2*360*HC:62323:LT*90*UN*1
DTP*472*D8*20250311
LX*3
SV2*0420*HC:97110*90*UN*4
LX*4
SV2*0022*HP:1AFKS*90*DA*1
"""


def x12(body: str = BODY, isa: str = ISA, kind: str = "837", guide: str = "005010X222A1") -> str:
    """An interchange of one transaction with these segments, one on a line, in which all counts are right."""
    segments = [f"ST*{kind}*0001*{guide}", *body.strip().split("\n")]
    segments.append(f"SE*{len(segments) + 1}*0001")
    envelope = [f"GS*HC*S*R*20250314*1147*1*X*{guide}", *segments, "GE*1*1", "IEA*1*000000907"]
    return isa + "\n" + "".join(f"{segment}~\n" for segment in envelope)


def changed(before: str, after: str) -> str:
    assert BODY.count(before) == 1, before
    return x12(BODY.replace(before, after))


def claim_of(text: str) -> Claim:
    (claim,) = claims_from_x12(text)
    return claim


def fault_of(text: str) -> str:
    with pytest.raises(InputError) as caught:
        claims_from_x12(text)
    assert CANARY not in str(caught.value)
    return str(caught.value)
