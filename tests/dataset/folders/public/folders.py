"""Public data sets whose labels are the names of folders, and that can be read in one way only."""

from tests.dataset.folders.public.layout import Public

FOLDERS = [
    Public(
        "PlantVillage (emmarex)",
        """
        PlantVillage/{Pepper__bell___healthy,Potato___Early_blight,Tomato_Leaf_Mold}/0a{1-3}___RS_HL.JPG
        PlantVillage/PlantVillage/{Pepper__bell___healthy,Potato___Early_blight,Tomato_Leaf_Mold}/0a{1-3}___RS_HL.JPG
        """,
        classes="Pepper__bell___healthy|Potato___Early_blight|Tomato_Leaf_Mold",
        counts=9,
    ),
    Public(
        "Flowers recognition",
        """
        flowers/{daisy,rose,tulip}/10{1-4}_m.jpg
        flowers/flowers/{daisy,rose,tulip}/10{1-4}_m.jpg
        """,
        classes="daisy|rose|tulip",
        counts=12,
    ),
    Public(
        "Brain MRI images for tumor detection",
        """
        {yes,no}/Y{1-4}.jpg
        brain_tumor_dataset/{yes,no}/Y{1-4}.jpg
        """,
        classes="no|yes",
        counts=8,
    ),
    Public(
        "Malaria cell images",
        """
        cell_images/{Parasitized,Uninfected}/C33P1thinF_{1-4}.png
        cell_images/{Parasitized,Uninfected}/Thumbs.db
        cell_images/cell_images/{Parasitized,Uninfected}/C33P1thinF_{1-4}.png
        """,
        classes="Parasitized|Uninfected",
        counts=8,
    ),
    Public(
        "Caltech-101",
        """
        caltech-101/101_ObjectCategories/{BACKGROUND_Google,accordion,Faces_easy}/image_000{1-3}.jpg
        caltech-101/Annotations/{accordion,Faces_3}/annotation_000{1-3}.mat
        caltech-101/show_annotation.m
        """,
        classes="BACKGROUND_Google|Faces_easy|accordion",
        counts=9,
    ),
    Public(
        "Stanford Dogs",
        """
        images/Images/{n02085620-Chihuahua,n02085782-Japanese_spaniel}/n02085620_{1-4}.jpg
        annotations/Annotation/{n02085620-Chihuahua,n02085782-Japanese_spaniel}/n02085620_{1-4}
        """,
        classes="n02085620-Chihuahua|n02085782-Japanese_spaniel",
        counts=8,
    ),
    Public(
        "Food-101",
        """
        food-101/food-101/images/{apple_pie,baby_back_ribs,baklava}/10056{1-4}.jpg
        food-101/food-101/meta/{train,test}.{json,txt}
        food-101/food-101/meta/{classes,labels}.txt
        """,
        classes="apple_pie|baby_back_ribs|baklava",
        counts=12,
    ),
    Public(
        "UC Merced land use",
        """
        UCMerced_LandUse/Images/{agricultural,airplane,beach}/$1{1-3}.tif
        UCMerced_LandUse/readme.txt
        """,
        classes="agricultural|airplane|beach",
        counts=9,
    ),
    Public(
        "Describable textures",
        """
        dtd/images/{banded,blotchy,zigzagged}/$1_000{1-3}.jpg
        dtd/labels/{train,val,test}{1-3}.txt
        dtd/labels/labels_joint_anno.txt
        dtd/imdb/imdb.mat
        """,
        classes="banded|blotchy|zigzagged",
        counts=9,
    ),
    Public(
        "Cats and dogs (PetImages)",
        """
        PetImages/{Cat,Dog}/{0-4}.jpg
        PetImages/{Cat,Dog}/Thumbs.db
        {readme[1].txt,MSR-LA - 3467.docx}
        """,
        classes="Cat|Dog",
        counts=10,
    ),
    Public(
        "Face masks (omkargurav)",
        """
        data/{with_mask,without_mask}/$1_{1-4}.jpg
        """,
        classes="with_mask|without_mask",
        counts=8,
    ),
    Public(
        "CUB-200-2011",
        """
        CUB_200_2011/images/{001.Black_footed_Albatross,002.Laysan_Albatross}/Albatross_000{1-4}_796111.jpg
        CUB_200_2011/{images,classes,image_class_labels,train_test_split,bounding_boxes}.txt
        CUB_200_2011/{parts,attributes}/parts.txt
        segmentations/{001.Black_footed_Albatross,002.Laysan_Albatross}/Albatross_000{1-4}_796111.png
        attributes.txt
        """,
        classes="001.Black_footed_Albatross|002.Laysan_Albatross",
        counts=8,
    ),
    Public(
        "ASL alphabet",
        """
        asl_alphabet_train/asl_alphabet_train/{A,B,del,nothing}/$1{1-3}.jpg
        asl_alphabet_test/asl_alphabet_test/{A,B,nothing}_test.jpg
        """,
        classes="A|B|del|nothing",
        counts=12,
    ),
    Public(
        "Intel image classification",
        """
        seg_train/seg_train/{buildings,forest,sea}/1{1-4}.jpg
        seg_test/seg_test/{buildings,forest,sea}/2{1-2}.jpg
        seg_pred/seg_pred/{1-3}.jpg
        """,
        classes="buildings|forest|sea",
        counts={"train": 12, "test": 6},
    ),
    Public(
        "Chest X-ray pneumonia",
        """
        chest_xray/train/{NORMAL,PNEUMONIA}/person1_bacteria_{1-4}.jpeg
        chest_xray/{test,val}/{NORMAL,PNEUMONIA}/$1_virus_{1-2}.jpeg
        chest_xray/chest_xray/train/{NORMAL,PNEUMONIA}/person1_bacteria_{1-4}.jpeg
        chest_xray/chest_xray/{test,val}/{NORMAL,PNEUMONIA}/$1_virus_{1-2}.jpeg
        chest_xray/chest_xray/{train,test}/.DS_Store
        chest_xray/__MACOSX/chest_xray/train/{NORMAL,PNEUMONIA}/._person1_bacteria_{1-4}.jpeg
        """,
        classes="NORMAL|PNEUMONIA",
        counts={"train": 8, "validation": 4, "test": 4},
    ),
    Public(
        "Brain tumor MRI",
        """
        Training/{glioma,meningioma,notumor,pituitary}/Tr-$1_{1-4}.jpg
        Testing/{glioma,meningioma,notumor,pituitary}/Te-$1_{1-2}.jpg
        """,
        classes="glioma|meningioma|notumor|pituitary",
        counts={"train": 16, "test": 8},
    ),
    Public(
        "Fruits-360",
        """
        fruits-360_dataset/fruits-360/Training/{Apple Braeburn,Apple Red 1,Kiwi}/{0-3}_100.jpg
        fruits-360_dataset/fruits-360/Test/{Apple Braeburn,Apple Red 1,Kiwi}/{32-33}_100.jpg
        fruits-360_dataset/fruits-360/test-multiple_fruits/{apple,kiwi}{1-2}.jpg
        fruits-360_dataset/fruits-360/papers/1.pdf
        fruits-360_dataset/fruits-360/LICENSE
        """,
        classes="Apple Braeburn|Apple Red 1|Kiwi",
        counts={"train": 12, "test": 6},
    ),
    Public(
        "NEU-DET surface defects",
        """
        NEU-DET/train/images/{crazing,inclusion,scratches}/$1_{1-4}.jpg
        NEU-DET/train/annotations/{crazing,inclusion,scratches}_{1-4}.xml
        NEU-DET/validation/images/{crazing,inclusion,scratches}/$1_24{1-2}.jpg
        NEU-DET/validation/annotations/{crazing,inclusion,scratches}_24{1-2}.xml
        """,
        classes="crazing|inclusion|scratches",
        counts={"train": 12, "validation": 6},
    ),
    Public(
        "Ten monkey species",
        """
        training/training/{n0,n1,n2}/$1{1-4}.jpg
        validation/validation/{n0,n1,n2}/$1{5-6}.jpg
        monkey_labels.txt
        """,
        classes="n0|n1|n2",
        counts={"train": 12, "validation": 6},
    ),
    Public(
        "Tiny ImageNet",
        """
        tiny-imagenet-200/train/{n01443537,n01629819,n01641577}/images/$1_{0-3}.JPEG
        tiny-imagenet-200/train/{n01443537,n01629819,n01641577}/$1_boxes.txt
        tiny-imagenet-200/val/images/val_{0-3}.JPEG
        tiny-imagenet-200/val/val_annotations.txt
        tiny-imagenet-200/test/images/test_{0-3}.JPEG
        tiny-imagenet-200/{wnids,words}.txt
        """,
        classes="n01443537|n01629819|n01641577",
        counts=12,
    ),
    Public(
        "STL-10 as folders",
        """
        stl10/{train,test}/{airplane,bird,truck}/$1{1-3}.png
        stl10/unlabeled/unlabeled_{1-5}.png
        stl10/{class_names,fold_indices}.txt
        """,
        classes="airplane|bird|truck",
        counts={"train": 9, "test": 9},
    ),
    Public(
        "Roboflow classification",
        """
        {train,valid,test}/{hard_hat,no_hat}/$1-{1-3}_jpg.rf.3f2a.jpg
        README.{roboflow,dataset}.txt
        """,
        classes="hard_hat|no_hat",
        counts={"train": 6, "validation": 6, "test": 6},
    ),
    Public(
        "Plant seedlings",
        """
        train/{Black-grass,Charlock,Common Chickweed}/0050f38b{1-3}.png
        test/0021e90e{1-4}.png
        sample_submission.csv:
            file,species
            0021e90e{1-4}.png,Charlock
        """,
        classes="Black-grass|Charlock|Common Chickweed",
        counts=9,
    ),
    Public(
        "National Data Science Bowl (plankton)",
        """
        train/{acantharia_protist,copepod_calanoid,fecal_pellet}/1{1-4}.jpg
        test/2{1-4}.jpg
        sampleSubmission.csv:
            image,acantharia_protist,copepod_calanoid,fecal_pellet
            2{1-4}.jpg,0.3,0.3,0.4
        """,
        classes="acantharia_protist|copepod_calanoid|fecal_pellet",
        counts=12,
    ),
    Public(
        "Stanford Cars",
        """
        car_data/car_data/train/{Acura Integra Type R 2001,Audi S4 Sedan 2012}/0{1-4}.jpg
        car_data/car_data/test/{Acura Integra Type R 2001,Audi S4 Sedan 2012}/1{1-2}.jpg
        anno_train.csv:
            0{1-4}.jpg,39,116,569,375,14
        anno_test.csv:
            1{1-2}.jpg,30,52,246,147,181
        names.csv:
            Acura Integra Type R 2001
            Audi S4 Sedan 2012
        """,
        classes="Acura Integra Type R 2001|Audi S4 Sedan 2012",
        counts={"train": 8, "test": 4},
    ),
    Public(
        "ImageNet (ILSVRC)",
        """
        ILSVRC/Data/CLS-LOC/train/{n01440764,n01443537,n01484850}/$1_{1-4}.JPEG
        ILSVRC/Data/CLS-LOC/val/ILSVRC2012_val_0000000{1-4}.JPEG
        ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_0000000{1-4}.JPEG
        ILSVRC/Annotations/CLS-LOC/train/{n01440764,n01443537}/$1_{1-4}.xml
        ILSVRC/ImageSets/CLS-LOC/train_cls.txt
        LOC_synset_mapping.txt
        LOC_val_solution.csv:
            ImageId,PredictionString
            ILSVRC2012_val_0000000{1-4},n01440764 $1 1 499 27
        LOC_sample_submission.csv:
            ImageId,PredictionString
            ILSVRC2012_test_0000000{1-4},n01440764 1 1 9 9
        """,
        classes="n01440764|n01443537|n01484850",
        counts=12,
    ),
    Public(
        "COVID-19 radiography",
        """
        COVID-19_Radiography_Dataset/{COVID,Lung_Opacity,Normal,Viral Pneumonia}/{images,masks}/$1-{1-3}.png
        COVID-19_Radiography_Dataset/{COVID,Lung_Opacity,Normal,Viral Pneumonia}.metadata.xlsx
        COVID-19_Radiography_Dataset/README.md.txt
        """,
        classes="COVID|Lung_Opacity|Normal|Viral Pneumonia",
        counts=12,
    ),
    Public(
        "COVID-QU-Ex, lungs alone",
        """
        Lung Segmentation Data/Lung Segmentation Data/Train/{COVID-19,Non-COVID,Normal}/{images,lung masks}/$1_{1-3}.png
        Lung Segmentation Data/Lung Segmentation Data/Val/{COVID-19,Non-COVID,Normal}/{images,lung masks}/$1_4.png
        Lung Segmentation Data/Lung Segmentation Data/Test/{COVID-19,Non-COVID,Normal}/{images,lung masks}/$1_5.png
        """,
        classes="COVID-19|Non-COVID|Normal",
        counts={"train": 9, "validation": 3, "test": 3},
    ),
    Public(
        "Breast ultrasound (BUSI)",
        """
        Dataset_BUSI_with_GT/{benign,malignant,normal}/$1 ({1-4}).png
        Dataset_BUSI_with_GT/{benign,malignant,normal}/$1 ({1-4})_mask.png
        Dataset_BUSI_with_GT/benign/benign (4)_mask_{1-2}.png
        """,
        classes="benign|malignant|normal",
        counts=12,
    ),
    Public(
        "MVTec AD, one category",
        """
        bottle/train/good/00{0-5}.png
        bottle/test/{good,broken_large,contamination}/00{0-2}.png
        bottle/ground_truth/{broken_large,contamination}/00{0-2}_mask.png
        bottle/{license,readme}.txt
        """,
        classes="broken_large|contamination|good",
        counts={"train": 6, "test": 9},
    ),
]
