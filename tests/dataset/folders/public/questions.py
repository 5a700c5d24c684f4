"""Public data sets that can be read in several ways, or whose labels nothing tells."""

from tests.dataset.folders.public.layout import Public

QUESTIONS = [
    Public(
        "PlantVillage (color, grayscale, segmented)",
        """
        plantvillage dataset/{color,grayscale}/{Apple___Apple_scab,Apple___healthy,Potato___healthy}/00{1-3}___RS.JPG
        plantvillage dataset/segmented/{Apple___Apple_scab,Apple___healthy,Potato___healthy}/00{1-3}___RS_final_masked.jpg
        """,
        classes="Apple___Apple_scab|Apple___healthy|Potato___healthy",
        counts=9,
        asks="'plantvillage dataset/color'",
    ),
    Public(
        "EuroSAT (RGB and all bands)",
        """
        EuroSAT/{AnnualCrop,Forest,River}/$1_{1-4}.jpg
        EuroSAT/label_map.json
        EuroSATallBands/{AnnualCrop,Forest,River}/$1_{1-4}.tif
        EuroSAT/train.csv:
            ,Filename,Label,ClassName
            {1-2},AnnualCrop/AnnualCrop_$1.jpg,0,AnnualCrop
            {1-2},Forest/Forest_$1.jpg,1,Forest
            {1-2},River/River_$1.jpg,2,River
        EuroSAT/validation.csv:
            ,Filename,Label,ClassName
            {3-3},AnnualCrop/AnnualCrop_$1.jpg,0,AnnualCrop
            {3-3},Forest/Forest_$1.jpg,1,Forest
            {3-3},River/River_$1.jpg,2,River
        EuroSAT/test.csv:
            ,Filename,Label,ClassName
            {4-4},AnnualCrop/AnnualCrop_$1.jpg,0,AnnualCrop
            {4-4},Forest/Forest_$1.jpg,1,Forest
            {4-4},River/River_$1.jpg,2,River
        EuroSATallBands/train.csv:
            ,Filename,Label,ClassName
            {1-2},AnnualCrop/AnnualCrop_$1.tif,0,AnnualCrop
            {1-2},Forest/Forest_$1.tif,1,Forest
            {1-2},River/River_$1.tif,2,River
        EuroSATallBands/validation.csv:
            ,Filename,Label,ClassName
            {3-3},AnnualCrop/AnnualCrop_$1.tif,0,AnnualCrop
            {3-3},Forest/Forest_$1.tif,1,Forest
            {3-3},River/River_$1.tif,2,River
        EuroSATallBands/test.csv:
            ,Filename,Label,ClassName
            {4-4},AnnualCrop/AnnualCrop_$1.tif,0,AnnualCrop
            {4-4},Forest/Forest_$1.tif,1,Forest
            {4-4},River/River_$1.tif,2,River
        """,
        classes="AnnualCrop|Forest|River",
        counts={"train": 6, "validation": 3, "test": 3},
        asks="'EuroSAT', 'EuroSATallBands'",
    ),
    Public(
        "Casting product defects",
        """
        casting_512x512/casting_512x512/{def_front,ok_front}/cast_512_{1-3}.jpeg
        casting_data/casting_data/train/{def_front,ok_front}/cast_train_{1-3}.jpeg
        casting_data/casting_data/test/{def_front,ok_front}/cast_test_{1-2}.jpeg
        """,
        classes="def_front|ok_front",
        counts={"train": 6, "test": 4},
        asks="'casting_512x512', 'casting_data'",
    ),
    Public(
        "COVID-QU-Ex, both parts",
        """
        Infection Segmentation Data/Infection Segmentation Data/{Train,Val,Test}/{COVID-19,Non-COVID,Normal}/{images,lung masks,infection masks}/$2_{1-3}.png
        Lung Segmentation Data/Lung Segmentation Data/{Train,Val,Test}/{COVID-19,Non-COVID,Normal}/{images,lung masks}/$1_{1-4}.png
        """,
        classes="COVID-19|Non-COVID|Normal",
        counts={"train": 12, "validation": 12, "test": 12},
        asks="'Lung Segmentation Data'",
    ),
    Public(
        "Fish (A large scale fish dataset)",
        """
        Fish_Dataset/Fish_Dataset/{Black Sea Sprat,Gilt-Head Bream,Trout}/$1/0000{1-4}.png
        Fish_Dataset/Fish_Dataset/{Black Sea Sprat,Gilt-Head Bream,Trout}/$1 GT/0000{1-4}.png
        NA_Fish_Dataset/{Black Sea Sprat,Gilt-Head Bream,Trout}/0000{1-2}.png
        license.txt
        """,
        classes="Black Sea Sprat|Gilt-Head Bream|Trout",
        counts=12,
        asks="'Fish_Dataset', 'NA_Fish_Dataset'",
    ),
    Public(
        "Retinal OCT",
        """
        OCT2017 /train/{CNV,DME,NORMAL}/$1-1016042-{1-4}.jpeg
        OCT2017 /{test,val}/{CNV,DME,NORMAL}/$2-$1-{1-2}.jpeg
        oct2017/OCT2017 /train/{CNV,DME,NORMAL}/$1-1016042-{1-4}.jpeg
        oct2017/OCT2017 /{test,val}/{CNV,DME,NORMAL}/$2-$1-{1-2}.jpeg
        """,
        classes="CNV|DME|NORMAL",
        counts={"train": 12, "validation": 6, "test": 6},
        asks="with files of the same names",
    ),
    Public(
        "Natural images",
        """
        natural_images/{airplane,car,cat}/$1_000{1-3}.jpg
        data/natural_images/{airplane,car,cat}/$1_000{1-3}.jpg
        """,
        classes="airplane|car|cat",
        counts=9,
        asks="hold folders of the same names",
    ),
    Public(
        "Blood cells (simple and augmented)",
        """
        dataset2-master/dataset2-master/images/TRAIN/{EOSINOPHIL,LYMPHOCYTE,MONOCYTE}/_0_{1-4}.jpeg
        dataset2-master/dataset2-master/images/TEST/{EOSINOPHIL,LYMPHOCYTE,MONOCYTE}/_1_{1-2}.jpeg
        dataset2-master/dataset2-master/images/TEST_SIMPLE/{EOSINOPHIL,LYMPHOCYTE,MONOCYTE}/_2_1.jpeg
        dataset2-master/dataset2-master/labels.csv:
            ,Image,Category
            0,{1-5},NEUTROPHIL
        """,
        classes="EOSINOPHIL|LYMPHOCYTE|MONOCYTE",
        counts={"train": 12, "test": 6},
        asks="may each be the test split",
    ),
    Public(
        "Office-31",
        """
        {amazon,dslr,webcam}/images/{back_pack,bike,mug}/$1_frame_000{1-3}.jpg
        """,
        classes="back_pack|bike|mug",
        counts=27,
        asks="'amazon', 'dslr', 'webcam'",
    ),
    Public(
        "Breast histopathology (IDC)",
        """
        {10253,8863,9320}/{0,1}/$1_idx5_x{1-3}_class$2.png
        IDC_regular_ps50_idx5/{10253,8863,9320}/{0,1}/$1_idx5_x{1-3}_class$2.png
        """,
        classes="0|1",
        counts=18,
        asks="hold folders of the same names ('0', '1')",
    ),
    Public(
        "BreakHis",
        """
        BreaKHis_v1/histology_slides/breast/benign/SOB/{adenosis,tubular_adenoma}/SOB_B_14-{1-2}AB/{40X,100X}/SOB_B-$2-$3-{1-2}.png
        BreaKHis_v1/histology_slides/breast/malignant/SOB/ductal_carcinoma/SOB_M_14-{1-2}CD/{40X,100X}/SOB_M-$1-$2-{1-2}.png
        BreaKHis_v1/histology_slides/breast/{README,count_files}.txt
        """,
        classes="benign|malignant",
        counts=24,
        asks="benign",
    ),
    Public(
        "Camera traps by location",
        """
        {loc_0001,loc_0002,loc_0003}/{coyote,deer,empty}/$1_IMG_{1-3}.JPG
        """,
        classes="coyote|deer|empty",
        counts=27,
        asks="'coyote', 'deer', 'empty'",
    ),
    Public(
        "SUN397",
        """
        SUN397/a/{abbey,airport_terminal}/sun_{1-3}.jpg
        SUN397/a/apartment_building/{indoor,outdoor}/sun_{1-3}.jpg
        SUN397/c/church/{indoor,outdoor}/sun_{1-3}.jpg
        SUN397/{README,ClassName}.txt
        """,
        classes="abbey|airport_terminal|apartment_building/indoor|apartment_building/outdoor|church/indoor|church/outdoor",
        counts=18,
        asks="first letters",
    ),
    Public(
        "MVTec AD",
        """
        {bottle,cable}/train/good/00{0-5}.png
        bottle/test/{good,broken_large}/00{0-2}.png
        cable/test/{good,bent_wire}/00{0-2}.png
        bottle/ground_truth/broken_large/00{0-2}_mask.png
        cable/ground_truth/bent_wire/00{0-2}_mask.png
        """,
        classes="broken_large|good",
        counts={"train": 6, "test": 6},
        asks="'bottle', 'cable'",
    ),
    Public(
        "Lung and colon cancer",
        """
        lung_colon_image_set/colon_image_sets/{colon_aca,colon_n}/{colonca,colonn}{1-3}.jpeg
        lung_colon_image_set/lung_image_sets/{lung_aca,lung_n,lung_scc}/$1{1-6}.jpeg
        """,
        classes="colon_aca|colon_n|lung_aca|lung_n|lung_scc",
        counts=30,
        asks="'colon_image_sets', 'lung_image_sets'",
    ),
    Public(
        "Magnetic tile defects",
        """
        {MT_Blowhole,MT_Break,MT_Free}/Imgs/exp1_num_$1_{1-4}.jpg
        {MT_Blowhole,MT_Break,MT_Free}/Imgs/exp1_num_$1_{1-4}.png
        README.md
        """,
        classes="MT_Blowhole|MT_Break|MT_Free",
        counts=12,
        asks="'*.jpg'",
    ),
    Public(
        "Dogs vs. cats",
        """
        train/{cat,dog}.{0-5}.jpg
        test1/{1-4}.jpg
        sampleSubmission.csv:
            id,label
            {1-4},0
        """,
        classes="cat|dog",
        counts=12,
    ),
    Public(
        "Market-1501",
        """
        Market-1501-v15.09.15/bounding_box_train/{0002,0007}_c1s1_00045{1-3}_03.jpg
        Market-1501-v15.09.15/bounding_box_test/{-1,0000,0003}_c1s1_00045{1-2}_03.jpg
        Market-1501-v15.09.15/query/0003_c{1-2}s1_000551_00.jpg
        Market-1501-v15.09.15/gt_query/0003_c1s1_000551_00_good.mat
        Market-1501-v15.09.15/readme.txt
        """,
        refused="no labels found",
    ),
    Public(
        "Oxford pets",
        """
        images/{Abyssinian,great_pyrenees,yorkshire_terrier}_{1-4}.jpg
        images/Abyssinian_100.mat
        annotations/trimaps/{Abyssinian,great_pyrenees,yorkshire_terrier}_{1-4}.png
        annotations/xmls/{Abyssinian,great_pyrenees,yorkshire_terrier}_{1-4}.xml
        annotations/{list,test,trainval}.txt
        """,
        classes="Abyssinian|great_pyrenees|yorkshire_terrier",
        counts=12,
        asks="names of the files begin",
    ),
    Public(
        "Multi-class weather",
        """
        dataset2/{cloudy,rain,shine,sunrise}{1-4}.jpg
        """,
        classes="cloudy|rain|shine|sunrise",
        counts=16,
        asks="names of the files begin",
    ),
    Public(
        "COCO128 for YOLO",
        """
        coco128/images/train2017/00000000000{1-9}.jpg
        coco128/labels/train2017/00000000000{1-9}.txt
        coco128.yaml
        """,
        refused="no labels found for 9 pictures",
    ),
    Public(
        "Oxford flowers 102",
        """
        jpg/image_0000{1-9}.jpg
        {imagelabels,setid}.mat
        """,
        refused="no labels found for 9 pictures",
    ),
    Public(
        "RVL-CDIP",
        """
        images/imagesa/a/{a/aaa06d00,b/aab12c00,c/aac31f00}/504864{1-2}.tif
        images/imagesb/b/{a/bba06d00,b/bbb12c00}/504865{1-2}.tif
        labels/{train,val,test}.txt
        """,
        refused="'imagesa', 'imagesb'",
    ),
]
