"""Make the pictures that `headway demo` works on, from Debian's public-domain drawings.

    python scripts/make_demo_pictures.py            # fetch, choose, shrink, write everything
    python scripts/make_demo_pictures.py --check    # are the shipped files those of the table below?

Downloads the Debian packages `openclipart-png` (the drawings) and `openclipart-svg` (title, author and licence
of each) with apt-get, without installing them, and writes

    src/headway/demo/pictures/CLASS/NAME.webp   240 pictures, at most 256 pixels long, transparency kept
    src/headway/demo/SOURCES.md                 where each comes from, and the dedication to the public domain
    docs/images/demo.png                        a contact sheet for the README

A drawing is taken only if its own metadata names the public domain as licence. The same packages and the same
version of Pillow give the same bytes.
"""

import argparse
import html
import io
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / "src/headway/demo"
SHEET = ROOT / "docs/images/demo.png"
PACKAGES = ("openclipart-png", "openclipart-svg")
LONGEST = 256  # pixels; the networks look at 224 to 260
QUALITY = 80  # of WebP; method 6 would take a hundred times as long for 2 % of the size

# Chosen by eye: recognised at once; no near-duplicates, lettering, brands, weapons, religion or politics.
CHOSEN: dict[str, list[str]] = {
    "birds": [
        "animals/birds/acquila_architetto_franc_01.png",
        "animals/birds/acquila_architetto_franc_02.png",
        "animals/birds/acquila_architetto_franc_03.png",
        "animals/birds/aquila_frontale_architet_01.png",
        "animals/birds/bird_of_peace_mauro_oliv_01.png",
        "animals/birds/cigni_bianchi_e_neri_arc_01.png",
        "animals/birds/cigno_architetto_frances_01.png",
        "animals/birds/cigno_di_notte_nella_pa_01.png",
        "animals/birds/cigno_di_spalle_architet_01.png",
        "animals/birds/crow_01.png",
        "animals/birds/duck_yellow_kurt_cagle_.png",
        "animals/birds/eagle_01.png",
        "animals/birds/emperor_penguin_ralf_ste_01.png",
        "animals/birds/flamand_jean-victor_bali_01.png",
        "animals/birds/gabbiano_architetto_fran_01.png",
        "animals/birds/gallo_di_profilo_archite_01.png",
        "animals/birds/gufo_civetta_architetto__01.png",
        "animals/birds/gull_marcelo_staudt_01.png",
        "animals/birds/hen_01.png",
        "animals/birds/jonathon_s_duck_01.png",
        "animals/birds/new_penguin_charles_mcco_01.png",
        "animals/birds/owl_on_branch_ganson.png",
        "animals/birds/pollo_architetto_frances_01.png",
        "animals/birds/rooster_01.png",
        "animals/birds/seagull_nicu_buculei_01.png",
        "animals/birds/tacchino_architetto_fran_01.png",
        "animals/birds/uccello_bianco_e_nero_ar_01.png",
        "animals/birds/uccello_profilo_01_archi_01.png",
        "animals/birds/uccello_profilo_02_archi_01.png",
        "animals/pinguino_col_piccolo_arc_01.png",
    ],
    "desserts": [
        "food/desserts/birthday_cake.png",
        "food/desserts/cake1_jarno_vasamaa_01.png",
        "food/desserts/cake_etienne_bersac_r.png",
        "food/desserts/candy_02.png",
        "food/desserts/candy_10.png",
        "food/desserts/candy_20.png",
        "food/desserts/candy_30.png",
        "food/desserts/cone1_ganson.png",
        "food/desserts/cone3_ganson.png",
        "food/desserts/cone_alt4.png",
        "food/desserts/cone_soft_chocolate.png",
        "food/desserts/flan_jean-victor_balin_01.png",
        "food/desserts/flat_cake_jean-victor_ba_01.png",
        "food/desserts/gateau_jean_victor_balin_.png",
        "food/desserts/gelato_all_39_italiana_a_01.png",
        "food/desserts/glace_01_jean-victor_bal_01.png",
        "food/desserts/glace_03_jean-victor_bal_01.png",
        "food/desserts/glace_05_jean-victor_bal_01.png",
        "food/desserts/glace_06_jean-victor_bal_01.png",
        "food/desserts/glace_4_jean-victor_bali_01.png",
        "food/desserts/glace_7_jean-victor_bali_01.png",
        "food/desserts/glace_italienne_jean-vic_01.png",
        "food/desserts/lollipop_dave_pena_01.png",
        "food/desserts/muffin_jean_victor_balin_.png",
        "food/desserts/pie_apple.png",
        "food/desserts/pie_cherry.png",
        "food/desserts/pie_pumpkin.png",
        "food/desserts/pink_cake_gabrielle_now_r.png",
        "food/desserts/pudim_valessio_soares_de_.png",
        "food/desserts/torta_architetto_frances_01.png",
    ],
    "fruit": [
        "food/fruit/an_apple_01.png",
        "food/fruit/apple_bitten_dan_gerhard_01.png",
        "food/fruit/apple_core_01.png",
        "food/fruit/banana.png",
        "food/fruit/bananas_nicu_buculei_01.png",
        "food/fruit/cherries.png",
        "food/fruit/cherry_jonathan_dietrich_01.png",
        "food/fruit/grape_01.png",
        "food/fruit/grapes_leif_lodahl_02.png",
        "food/fruit/grapes_simple.png",
        "food/fruit/green_pear_01.png",
        "food/fruit/la_prugna_architetto_fra_01.png",
        "food/fruit/lemon.png",
        "food/fruit/lemon_half_ganson.png",
        "food/fruit/lime_whole_ganson.png",
        "food/fruit/melon_goneri_le_bouder_01.png",
        "food/fruit/orange_dave_pena_01.png",
        "food/fruit/orange_simple.png",
        "food/fruit/orange_wedge.png",
        "food/fruit/pasteque_01.png",
        "food/fruit/peach_simple.png",
        "food/fruit/pear_simple.png",
        "food/fruit/pera_architetto_francesc_01.png",
        "food/fruit/pesca_architetto_frances_01.png",
        "food/fruit/pineapple.png",
        "food/fruit/prune.png",
        "food/fruit/strawberry.png",
        "food/fruit/strawberry_jonathan_diet_01.png",
        "food/fruit/watermelon_james_kilfige_01.png",
        "food/fruit/watermelon_simple.png",
    ],
    "houses": [
        "buildings/homes/abitazione_villa_con_gi_01.png",
        "buildings/homes/casa_dei_sogni_architett_01.png",
        "buildings/homes/casa_in_campagna_archite_01.png",
        "buildings/homes/casa_plurifamigliare_arc_01.png",
        "buildings/homes/casa_verde_architetto_fr_01.png",
        "buildings/homes/chalet_di_montagna_arch_01.png",
        "buildings/homes/home0.png",
        "buildings/homes/home1.png",
        "buildings/homes/home10.png",
        "buildings/homes/home11.png",
        "buildings/homes/home12.png",
        "buildings/homes/home13.png",
        "buildings/homes/home14.png",
        "buildings/homes/home15.png",
        "buildings/homes/home2.png",
        "buildings/homes/home3.png",
        "buildings/homes/home4.png",
        "buildings/homes/home5.png",
        "buildings/homes/home6.png",
        "buildings/homes/home7.png",
        "buildings/homes/home9.png",
        "buildings/homes/home_piche_loic_corwin_r_01.png",
        "buildings/homes/house.png",
        "buildings/homes/house_christoph_brill_01.png",
        "buildings/homes/house_gabrielle_nowicki_.png",
        "buildings/homes/house_juliane_krug_01.png",
        "buildings/homes/my_house_01.png",
        "buildings/homes/pinkhome.png",
        "buildings/homes/pinkhome2.png",
        "buildings/homes/small_house_01.png",
    ],
    "insects": [
        "animals/bugs/abeille_tanguy_jacq_01.png",
        "animals/bugs/ant.png",
        "animals/bugs/bee.png",
        "animals/bugs/bee2_mimooh_01.png",
        "animals/bugs/bee3_mimooh_01.png",
        "animals/bugs/bug_nicu_buculei_01.png",
        "animals/bugs/butterfly_jonathan_dietr_01.png",
        "animals/bugs/butterfly_jonvdveen_01.png",
        "animals/bugs/c_rollandin_francesco_ar_01.png",
        "animals/bugs/cavalletta_architetto_fr_01.png",
        "animals/bugs/coccinella_architetto_fr_01.png",
        "animals/bugs/coccinelle_tanguy_jacq_01.png",
        "animals/bugs/coccinellona_architetto__01.png",
        "animals/bugs/damselfly_leigh_purdie_r.png",
        "animals/bugs/farfalla_butterfly_fra1.png",
        "animals/bugs/farfalla_contorno_archit_01.png",
        "animals/bugs/farfalla_semplice_archit_01.png",
        "animals/bugs/fly_01.png",
        "animals/bugs/flying_wasp_gerald_g._01.png",
        "animals/bugs/formichina_architetto_fr_01.png",
        "animals/bugs/formicona_architetto_fra_01.png",
        "animals/bugs/grass_hopper_02.png",
        "animals/bugs/insetto_architetto_franc_01.png",
        "animals/bugs/ladybug_01.png",
        "animals/bugs/ladybug_02.png",
        "animals/bugs/libellula_architetto_fra_01.png",
        "animals/bugs/libellule_tanguy_jacq_01.png",
        "animals/bugs/mante_religieuse_01.png",
        "animals/bugs/mantide_religiosa_archit_01.png",
        "animals/bugs/moschito_architetto_fran_01.png",
    ],
    "instruments": [
        "recreation/music/africandrum_benji_park1.png",
        "recreation/music/africandrum_benji_park2.png",
        "recreation/music/africandrum_benji_park_.png",
        "recreation/music/bass_guitar_a.j._ashton_.png",
        "recreation/music/cello_ganson.png",
        "recreation/music/cello_mo_01.png",
        "recreation/music/derbouk_jurgen_01.png",
        "recreation/music/djambf_ganson.png",
        "recreation/music/drums_jarno_vasamaa_.png",
        "recreation/music/electric_guitar_andrea__01r.png",
        "recreation/music/flute_ganson.png",
        "recreation/music/french_horn_ganson.png",
        "recreation/music/guitar_ganson.png",
        "recreation/music/guitar_jarno_vasamaa1.png",
        "recreation/music/guitar_jarno_vasamaa2.png",
        "recreation/music/guitar_profile_philippe__01.png",
        "recreation/music/harp1_ganson.png",
        "recreation/music/harp2_ganson.png",
        "recreation/music/harp3_ganson.png",
        "recreation/music/harp_mo_01.png",
        "recreation/music/maracas_ganson.png",
        "recreation/music/oboe_ganson.png",
        "recreation/music/piano_geraint_luff_01.png",
        "recreation/music/piano_keys_jonathan_diet_01.png",
        "recreation/music/saxophone_jarno_vasamaa_.png",
        "recreation/music/tenor_trombone_ganson.png",
        "recreation/music/trumpet_b_flat_colour_ganso.png",
        "recreation/music/trumpet_pocket_colour_ganso.png",
        "recreation/music/violin_colour_ganson.png",
        "recreation/music/xylophone_ganson.png",
    ],
    "mammals": [
        "animals/bison_leif_lodahl_01.png",
        "animals/mammals/bears/orso_architetto_francesc_01.png",
        "animals/mammals/bears/orso_architetto_francesc_03.png",
        "animals/mammals/big_cats/leone_02_architetto_fran_01.png",
        "animals/mammals/big_cats/tiger_graig_ryan_smith_-_01.png",
        "animals/mammals/big_cats/tigre04_architetto_franc_01.png",
        "animals/mammals/bull_utrescu_.png",
        "animals/mammals/camel_head_01.png",
        "animals/mammals/canguro_architetto_franc_01.png",
        "animals/mammals/cartoon_cat_gerald_g._01.png",
        "animals/mammals/coniglio_architetto_fran_01.png",
        "animals/mammals/contour_giraffe.png",
        "animals/mammals/deer_matt_todd_01.png",
        "animals/mammals/dog_04_drawn_with_strai_01.png",
        "animals/mammals/dogs/beagle_copper_ganson.png",
        "animals/mammals/dogs/black_lab_ganson.png",
        "animals/mammals/dolphin.png",
        "animals/mammals/elefante01_architetto_fr_01.png",
        "animals/mammals/goat_nicu_buculei_01.png",
        "animals/mammals/horses/cavallo_architetto_franc_02.png",
        "animals/mammals/horses/cavallo_architetto_franc_05.png",
        "animals/mammals/housecats/gatto_cat_architetto_fra_03.png",
        "animals/mammals/pecora_architetto_france_01.png",
        "animals/mammals/pig_marcelo_caiafa1.png",
        "animals/mammals/raccoon_ganson.png",
        "animals/mammals/rhinoceros_3d_architetto_01.png",
        "animals/mammals/seal.png",
        "animals/mammals/stylized_wolf_head_geral_01.png",
        "animals/mammals/topo_architetto_francesc_01.png",
        "animals/mammals/vacca_pezzata_rossa_val_01.png",
    ],
    "vehicles": [
        "transportation/bicycle_philippe_colin_01.png",
        "transportation/bike_tobias_jakobs_.png",
        "transportation/boating/boat_jarno_vasamaa1.png",
        "transportation/boating/boat_jarno_vasamaa_.png",
        "transportation/boating/sailboat_illustration.png",
        "transportation/boating/sailing_kids.png",
        "transportation/car_jamin_ellis_.png",
        "transportation/car_ride_ganson.png",
        "transportation/motorcycle_jarno_vasama_.png",
        "transportation/pallone_aerestatico_arch_01.png",
        "transportation/tramway_lumen_design_stu_01.png",
        "transportation/truck_jarno_vasamaa1.png",
        "transportation/truck_jarno_vasamaa_.png",
        "transportation/vehicles/4wd.png",
        "transportation/vehicles/aircraft_jarno_vasamaa1.png",
        "transportation/vehicles/aircraft_jarno_vasamaa2.png",
        "transportation/vehicles/aircraft_jarno_vasamaa3.png",
        "transportation/vehicles/aircraft_jarno_vasamaa4.png",
        "transportation/vehicles/bicycle_01.png",
        "transportation/vehicles/big_truck_01.png",
        "transportation/vehicles/bus1_jarno_vasamaa_01.png",
        "transportation/vehicles/bus2_jarno_vasamaa_01.png",
        "transportation/vehicles/car.png",
        "transportation/vehicles/old_car_lumen_design_st_r.png",
        "transportation/vehicles/old_truck_indana_model__01.png",
        "transportation/vehicles/rocket.png",
        "transportation/vehicles/small_truck_steffen_gluc_01.png",
        "transportation/vehicles/trattore_architetto_fran_01.png",
        "transportation/vehicles/trawler_01.png",
        "transportation/vehicles/vtt_02.png",
    ],
}


class Drawing(NamedTuple):
    """What the metadata of one drawing says."""

    title: str
    author: str


def unpack(package: str, into: Path) -> str:
    """Unpack a Debian package without installing it; return its version."""
    try:
        subprocess.run(["apt-get", "download", "-qq", package], cwd=into, check=True, stderr=subprocess.DEVNULL)
        deb = next(into.glob(f"{package}_*.deb"))
    except (OSError, subprocess.CalledProcessError, StopIteration) as err:
        raise SystemExit(f"cannot download {package}: Debian with `apt-get update` done is needed ({err})") from err
    subprocess.run(["dpkg", "-x", deb, into], check=True)
    return subprocess.run(["dpkg-deb", "-f", deb, "Version"], check=True, capture_output=True, text=True).stdout.strip()


def described(svg: Path) -> Drawing:
    """Title and author from the drawing's RDF; an error unless its licence is the public domain."""
    rdf = {"cc": "{http://web.resource.org/cc/}", "dc": "{http://purl.org/dc/elements/1.1/}"}
    tree = ET.parse(svg)
    resource = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"
    licences = {node.get(resource, "") for node in tree.iter(f"{rdf['cc']}license")}
    if not licences or not all(licence.endswith("/PublicDomain") for licence in licences):
        raise SystemExit(f"{svg}: the licence must be the public domain, got {sorted(licences)}; choose another")
    title = next((node.text for node in tree.iter(f"{rdf['dc']}title") if node.text), "")
    creators = (node for creator in tree.iter(f"{rdf['dc']}creator") for node in creator.iter(f"{rdf['dc']}title"))
    author = next((node.text for node in creators if node.text), "")
    return Drawing(_tidy(title), _tidy(author))


def _tidy(text: str) -> str:
    text = html.unescape(html.unescape(text))  # some were escaped twice
    text = re.sub(r"\s*\([^)]*@[^)]*\)", "", text)  # no one's mail address
    return " ".join(text.replace("|", "/").split())


def shrunk(png: Path) -> Image.Image:
    """Crop a drawing to what is drawn and make it at most LONGEST pixels long."""
    with Image.open(png) as picture:
        rgba = picture.convert("RGBA")
    rgba = rgba.crop(rgba.getchannel("A").getbbox())
    # Colours are averaged premultiplied, or the invisible ones would bleed into the edges.
    premultiplied = rgba.convert("RGBa")
    premultiplied.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    return premultiplied.convert("RGBA")


def encoded(picture: Image.Image) -> bytes:
    """WebP, lossy or lossless, whichever is smaller: flat drawings are often smaller lossless."""
    candidates = []
    for lossless in (False, True):
        buffer = io.BytesIO()
        picture.save(buffer, "WEBP", quality=QUALITY, lossless=lossless, method=4)
        candidates.append(buffer.getvalue())
    return min(candidates, key=len)


def sources(drawings: dict[str, Drawing], version: str, copyright_file: str) -> str:
    """Return the text of SOURCES.md."""
    dedication = textwrap.dedent(copyright_file.partition("Copyright:")[2].strip("\n"))
    lines = [
        "# The pictures of `headway demo`",
        "",
        "<!-- Written by scripts/make_demo_pictures.py: change that, not this. -->",
        "",
        f"{len(drawings)} drawings from the Open Clip Art Library, Debian package `openclipart-png` {version},",
        f"cropped to what is drawn, reduced to at most {LONGEST} pixels and stored as WebP. Title and author are from",
        "the metadata of each drawing's SVG (package `openclipart-svg`, same version), spelt as found there; that",
        "metadata names the public domain as the licence of every one of them. Our thanks to the authors.",
        "",
        "The dedication, from `/usr/share/doc/openclipart-png/copyright`:",
        "",
        *(f"> {line}".rstrip() for line in dedication.splitlines()),
    ]
    for label, paths in CHOSEN.items():
        lines += ["", f"## {label}", "", "| file | path in the package | title | author |", "|---|---|---|---|"]
        for path in paths:
            title, author = drawings[path]
            lines.append(f"| `{shipped(label, path)}` | `{path}` | {title or '–'} | {author or '–'} |")
    return "\n".join(lines) + "\n"


def shipped(label: str, path: str) -> str:
    """CLASS/NAME.webp of a path in the package.

    >>> shipped("birds", "animals/birds/crow_01.png")
    'birds/crow_01.webp'
    """
    return f"{label}/{Path(path).stem.strip('_')}.webp"


def contact_sheet(pictures: Path, columns: int = 10, cell: int = 76) -> Image.Image:
    """A row per class: its name and every third picture, on white."""
    margin, gap = 110, 8
    sheet = Image.new("RGB", (margin + columns * (cell + gap) + gap, len(CHOSEN) * (cell + gap) + gap), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(18)
    for row, (label, paths) in enumerate(CHOSEN.items()):
        top = gap + row * (cell + gap)
        draw.text((12, top + cell // 2), label, fill="black", font=font, anchor="lm")
        step = len(paths) // columns
        for column, path in enumerate(paths[: columns * step : step]):
            with Image.open(pictures / shipped(label, path)) as picture:
                small = picture.convert("RGBA").convert("RGBa")
            small.thumbnail((cell, cell), Image.Resampling.LANCZOS)
            rgba = small.convert("RGBA")
            left = margin + gap + column * (cell + gap) + (cell - rgba.width) // 2
            sheet.paste(rgba, (left, top + (cell - rgba.height) // 2), rgba)
    return sheet.quantize(128, dither=Image.Dither.NONE)


def check() -> list[str]:
    """What differs between the table above and the files shipped; nothing, if all is well."""
    expected = {shipped(label, path) for label, paths in CHOSEN.items() for path in paths}
    pictures = DEMO / "pictures"
    found = {file.relative_to(pictures).as_posix() for file in pictures.rglob("*") if file.is_file()}
    text = (DEMO / "SOURCES.md").read_text(encoding="utf-8") if (DEMO / "SOURCES.md").is_file() else ""
    listed = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    return [
        *(f"missing: {name}" for name in sorted(expected - found)),
        *(f"not in the table: {name}" for name in sorted(found - expected)),
        *(f"not in SOURCES.md: {name}" for name in sorted(expected - listed)),
        *(f"in SOURCES.md but not in the table: {name}" for name in sorted(listed - expected)),
    ]


def make() -> None:
    """Fetch the packages and write pictures, SOURCES.md and contact sheet."""
    Image.MAX_IMAGE_PIXELS = None  # the package is trusted, and holds drawings of 168 megapixels
    with tempfile.TemporaryDirectory() as tmp:
        work = Path(tmp)
        versions = {unpack(package, work) for package in PACKAGES}
        if len(versions) > 1:
            raise SystemExit(f"{' and '.join(PACKAGES)} must have one version, got {sorted(versions)}")
        share = work / "usr/share"
        drawings: dict[str, Drawing] = {}
        pictures = work / "pictures"
        for label, paths in CHOSEN.items():
            (pictures / label).mkdir(parents=True)
            for path in paths:
                drawings[path] = described((share / "openclipart/svg" / path).with_suffix(".svg"))
                (pictures / shipped(label, path)).write_bytes(encoded(shrunk(share / "openclipart/png" / path)))
        text = sources(drawings, versions.pop(), (share / "doc/openclipart-png/copyright").read_text(encoding="utf-8"))
        (DEMO / "SOURCES.md").write_text(text, encoding="utf-8")
        shutil.rmtree(DEMO / "pictures", ignore_errors=True)
        shutil.copytree(pictures, DEMO / "pictures")
    SHEET.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(DEMO / "pictures").save(SHEET, optimize=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the shipped files with the table")
    if not parser.parse_args().check:
        make()
    problems = check()
    print(*problems, sep="\n", file=sys.stderr, end="\n" if problems else "")
    files = list((DEMO / "pictures").rglob("*.webp"))
    print(f"{len(files)} pictures, {len(CHOSEN)} classes, {sum(file.stat().st_size for file in files) / 1e6:.2f} MB")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
