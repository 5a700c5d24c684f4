"""Public data sets with tables of labels."""

from tests.dataset.folders.public.layout import Public

TABLES = [
    Public(
        "HAM10000",
        """
        HAM10000_images_part_1/ISIC_002430{1-6}.jpg
        HAM10000_images_part_2/ISIC_002931{1-6}.jpg
        HAM10000_metadata.csv:
            lesion_id,image_id,dx,dx_type,age,sex,localization
            HAM_{1-3},ISIC_002430$1,nv,histo,80.0,male,scalp
            HAM_{4-6},ISIC_002430$1,mel,follow_up,75.0,female,back
            HAM_{1-3},ISIC_002931$1,nv,follow_up,80.0,male,back
            HAM_{4-6},ISIC_002931$1,mel,histo,75.0,male,scalp
        hmnist_28_28_L.csv:
            pixel0000,pixel0001,pixel0002,label
            {190-196},192,193,2
        """,
        refused="--label-column dx",
        options={"label_column": "dx"},
        classes="mel|nv",
        counts=12,
        groups=6,
    ),
    Public(
        "ISIC 2019",
        """
        ISIC_2019_Training_Input/ISIC_2019_Training_Input/ISIC_000000{1-9}.jpg
        ISIC_2019_Training_GroundTruth.csv:
            image,MEL,NV,BCC,UNK
            ISIC_000000{1-3},0.0,1.0,0.0,0.0
            ISIC_000000{4-6},1.0,0.0,0.0,0.0
            ISIC_000000{7-9},0.0,0.0,1.0,0.0
        ISIC_2019_Training_Metadata.csv:
            image,age_approx,anatom_site_general,lesion_id,sex
            ISIC_000000{1-2},55.0,anterior torso,,female
            ISIC_000000{3-5},30.0,anterior torso,,male
            ISIC_000000{6-7},55.0,lower extremity,,female
            ISIC_000000{8-9},30.0,lower extremity,,male
        """,
        classes="BCC|MEL|NV",
        counts=9,
    ),
    Public(
        "APTOS 2019 blindness",
        """
        train_images/000c{1-8}.png
        test_images/0005{1-4}.png
        train.csv:
            id_code,diagnosis
            000c{1-4},0
            000c{5-8},2
        test.csv:
            id_code
            0005{1-4}
        sample_submission.csv:
            id_code,diagnosis
            0005{1-4},0
        """,
        classes="0|2",
        counts=8,
    ),
    Public(
        "Diabetic retinopathy 224x224",
        """
        gaussian_filtered_images/gaussian_filtered_images/{Mild,No_DR}/$1{1-4}.png
        gaussian_filtered_images/gaussian_filtered_images/export.pkl
        train.csv:
            id_code,diagnosis
            No_DR{1-4},0
            Mild{1-4},1
        """,
        classes="Mild|No_DR",
        counts=8,
    ),
    Public(
        "Dog breed identification",
        """
        train/000bec180eb18c76{1-8}.jpg
        test/000621fb3cbb32d8{1-4}.jpg
        labels.csv:
            id,breed
            000bec180eb18c76{1-4},boston_bull
            000bec180eb18c76{5-8},dingo
        sample_submission.csv:
            id,boston_bull,dingo
            000621fb3cbb32d8{1-4},0.5,0.5
        """,
        classes="boston_bull|dingo",
        counts=8,
    ),
    Public(
        "Cassava leaf disease",
        """
        train_images/10000{1-8}.jpg
        test_images/2216849948.jpg
        train_tfrecords/ld_train00-1338.tfrec
        label_num_to_disease_map.json
        train.csv:
            image_id,label
            10000{1-4}.jpg,0
            10000{5-8}.jpg,3
        sample_submission.csv:
            image_id,label
            2216849948.jpg,4
        """,
        classes="0|3",
        counts=8,
    ),
    Public(
        "Plant pathology 2020",
        """
        images/{Train,Test}_{0-8}.jpg
        train.csv:
            image_id,healthy,multiple_diseases,rust,scab
            Train_{0-2},1,0,0,0
            Train_{3-4},0,1,0,0
            Train_{5-6},0,0,1,0
            Train_{7-8},0,0,0,1
        test.csv:
            image_id
            Test_{0-8}
        sample_submission.csv:
            image_id,healthy,multiple_diseases,rust,scab
            Test_{0-8},0.25,0.25,0.25,0.25
        """,
        classes="healthy|multiple_diseases|rust|scab",
        counts=9,
    ),
    Public(
        "Paddy disease",
        """
        train_images/{bacterial_leaf_blight,blast,normal}/$1{1-4}.jpg
        test_images/20000{1-4}.jpg
        train.csv:
            image_id,label,variety,age
            {bacterial_leaf_blight,blast,normal}{1-2}.jpg,$1,ADT45,45
            {bacterial_leaf_blight,blast,normal}{3-4}.jpg,$1,Ponni,60
        sample_submission.csv:
            image_id,label
            20000{1-4}.jpg,
        """,
        classes="bacterial_leaf_blight|blast|normal",
        counts=12,
    ),
    Public(
        "Leaf classification",
        """
        images/{1-12}.jpg
        train.csv:
            id,species,margin1,margin2
            {1-4},Acer_Opalus,0.00$1,0.2$1
            {5-8},Quercus_Rubra,0.01$1,0.3$1
        test.csv:
            id,margin1,margin2
            {9-12},0.00$1,0.1$1
        """,
        classes="Acer_Opalus|Quercus_Rubra",
        counts=8,
    ),
    Public(
        "iWildCam 2019",
        """
        train_images/5998cfa4-{1-8}.jpg
        test_images/b005e5b2-{1-4}.jpg
        train.csv:
            category_id,date_captured,file_name,frame_num,id,location,rights_holder,seq_id,seq_num_frames,width,height
            19,2011-05-13 23:43:18,5998cfa4-{1-4}.jpg,1,5998cfa4-$1,33,Justin Brown,6f084ccc,3,1024,747
            0,2012-03-17 03:48:44,5998cfa4-{5-8}.jpg,2,5998cfa4-$1,115,Justin Brown,6f12067d,3,1024,747
        test.csv:
            date_captured,file_name,frame_num,id,location,rights_holder,seq_id,seq_num_frames,width,height
            2012-05-29 10:27:02,b005e5b2-{1-4}.jpg,1,b005e5b2-$1,90,Justin Brown,6f1728a1,1,1024,747
        sample_submission.csv:
            Id,Predicted
            b005e5b2-{1-4},0
        """,
        classes="0|19",
        counts=8,
    ),
    Public(
        "iWildCam in WILDS",
        """
        train/{1-10}.jpg
        metadata.csv:
            split,location_remapped,location,sequence_remapped,datetime,y,category_id,filename
            train,{1-4},287,7,2013-05-30 15:44:00,0,0,$1.jpg
            val,{5-6},288,8,2013-05-30 15:44:00,1,24,$1.jpg
            id_val,{7-8},289,9,2013-05-30 15:44:00,0,0,$1.jpg
            id_test,{9-10},290,9,2013-05-30 15:44:00,1,24,$1.jpg
        """,
        refused="id_val",
        options={"split": False},
        classes="0|1",
        counts=10,
    ),
    Public(
        "German traffic signs (GTSRB)",
        """
        Train/{0,1,14}/000$1_00000_0000{1-4}.png
        Test/0000{1-6}.png
        Meta/{0,1,14}.png
        Train.csv:
            Width,Height,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,ClassId,Path
            27,26,5,5,22,20,{0,1,14},Train/$1/000$1_00000_0000{1-4}.png
        Test.csv:
            Width,Height,Roi.X1,Roi.Y1,Roi.X2,Roi.Y2,ClassId,Path
            53,54,6,5,48,49,14,Test/0000{1-3}.png
            53,54,6,5,48,49,1,Test/0000{4-6}.png
        Meta.csv:
            Path,ClassId,ShapeId,ColorId,SignId
            Meta/{0,1,14}.png,$1,1,0,3.29
        """,
        classes="0|1|14",
        counts={"train": 12, "test": 6},
    ),
    Public(
        "State Farm distracted drivers",
        """
        imgs/train/{c0,c1,c2}/img_$1{1-4}.jpg
        imgs/test/img_{1-4}.jpg
        driver_imgs_list.csv:
            subject,classname,img
            p01{1-4},{c0,c1,c2},img_$2$1.jpg
        sample_submission.csv:
            img,c0,c1,c2
            img_{1-4}.jpg,0.3,0.3,0.4
        """,
        classes="c0|c1|c2",
        counts=12,
        groups=4,
    ),
    Public(
        "Imagenette",
        """
        imagenette2/train/{n01440764,n02102040,n02979186}/$1_{1-4}.JPEG
        imagenette2/val/{n01440764,n02102040,n02979186}/$1_{5-6}.JPEG
        imagenette2/noisy_imagenette.csv:
            path,noisy_labels_0,noisy_labels_1,is_valid
            train/{n01440764,n02102040,n02979186}/$1_{1-3}.JPEG,$1,$1,False
            train/{n01440764,n02102040,n02979186}/$1_4.JPEG,$1,n01440764,False
            val/{n01440764,n02102040,n02979186}/$1_{5-6}.JPEG,$1,$1,True
        """,
        asks="noisy_imagenette.csv",
        classes="n01440764|n02102040|n02979186",
        counts={"train": 12, "validation": 6},
    ),
    Public(
        "Roboflow multi-class",
        """
        {train,valid}/img-{1-6}_jpg.rf.$1.jpg
        train/_classes.csv:
            filename, Cat, Dog
            img-{1-3}_jpg.rf.train.jpg, 1, 0
            img-{4-6}_jpg.rf.train.jpg, 0, 1
        valid/_classes.csv:
            filename, Cat, Dog
            img-{1-3}_jpg.rf.valid.jpg, 1, 0
            img-{4-6}_jpg.rf.valid.jpg, 0, 1
        """,
        classes="Cat|Dog",
        counts={"train": 6, "validation": 6},
    ),
    Public(
        "Hugging Face imagefolder with metadata.jsonl",
        """
        {train,test}/000{1-6}.png
        train/metadata.jsonl:
            {"file_name": "000{1-3}.png", "label": "ants"}
            {"file_name": "000{4-6}.png", "label": "bees"}
        test/metadata.jsonl:
            {"file_name": "000{1-3}.png", "label": "ants"}
            {"file_name": "000{4-6}.png", "label": "bees"}
        """,
        classes="ants|bees",
        counts={"train": 6, "test": 6},
    ),
    Public(
        "Hugging Face imagefolder with metadata.csv",
        """
        data/{train,validation}/000{1-6}.png
        data/train/metadata.csv:
            file_name,label
            000{1-3}.png,ants
            000{4-6}.png,bees
        data/validation/metadata.csv:
            file_name,label
            000{1-3}.png,ants
            000{4-6}.png,bees
        """,
        classes="ants|bees",
        counts={"train": 6, "validation": 6},
    ),
    Public(
        "Severstal steel defects",
        """
        train_images/000{1-8}.jpg
        test_images/004{1-4}.jpg
        train.csv:
            ImageId,ClassId,EncodedPixels
            000{1-4}.jpg,1,29102 12
            000{5-8}.jpg,3,18661 28
            000{7-8}.jpg,4,371 59
        sample_submission.csv:
            ImageId,EncodedPixels,ClassId
            004{1-4}.jpg,1 409600,0
        """,
        refused="rows of one file must agree",
    ),
    Public(
        "CelebA",
        """
        img_align_celeba/img_align_celeba/00000{1-8}.jpg
        list_attr_celeba.csv:
            image_id,5_o_Clock_Shadow,Arched_Eyebrows,Attractive,Bald
            00000{1-3}.jpg,-1,1,1,-1
            00000{4-6}.jpg,1,-1,1,-1
            00000{7-8}.jpg,1,1,1,1
        list_eval_partition.csv:
            image_id,partition
            00000{1-4}.jpg,0
            00000{5-6}.jpg,1
            00000{7-8}.jpg,2
        list_bbox_celeba.csv:
            image_id,x_1,y_1,width,height
            00000{1-8}.jpg,9$1,71,226,313
        """,
        refused="one label per picture",
    ),
    Public(
        "NIH chest X-rays",
        """
        images_001/images/0000000{1-4}_000.png
        images_002/images/0000133{1-4}_000.png
        {train_val_list,test_list}.txt
        Data_Entry_2017.csv:
            Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position
            0000000{1-2}_000.png,Cardiomegaly|Effusion,0,1,58,M,PA
            0000000{3-4}_000.png,Effusion|Hernia|Cardiomegaly,1,2,58,M,PA
            0000133{1-2}_000.png,Cardiomegaly,0,1301,63,F,AP
            0000133{3-4}_000.png,No Finding,0,1302,61,F,AP
        BBox_List_2017.csv:
            Image Index,Finding Label,Bbox [x
            0000000{1-2}_000.png,Cardiomegaly,225.08
        """,
        refused="one label",
    ),
    Public(
        "CheXpert",
        """
        CheXpert-v1.0-small/train/patient0000{1-4}/study1/view{1_frontal,2_lateral}.jpg
        CheXpert-v1.0-small/valid/patient6454{1-4}/study1/view{1_frontal,2_lateral}.jpg
        CheXpert-v1.0-small/train.csv:
            Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema,Pneumonia
            CheXpert-v1.0-small/train/patient0000{1-2}/study1/view1_frontal.jpg,Female,68,Frontal,AP,1.0,,
            CheXpert-v1.0-small/train/patient0000{1-2}/study1/view2_lateral.jpg,Female,68,Lateral,,1.0,,
            CheXpert-v1.0-small/train/patient0000{3-4}/study1/view1_frontal.jpg,Male,87,Frontal,PA,,1.0,-1.0
            CheXpert-v1.0-small/train/patient0000{3-4}/study1/view2_lateral.jpg,Male,87,Lateral,,,1.0,-1.0
        CheXpert-v1.0-small/valid.csv:
            Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema,Pneumonia
            CheXpert-v1.0-small/valid/patient6454{1-2}/study1/view1_frontal.jpg,Female,73,Frontal,AP,1.0,0.0,0.0
            CheXpert-v1.0-small/valid/patient6454{1-2}/study1/view2_lateral.jpg,Female,73,Lateral,,1.0,0.0,0.0
            CheXpert-v1.0-small/valid/patient6454{3-4}/study1/view1_frontal.jpg,Male,61,Frontal,PA,0.0,1.0,0.0
            CheXpert-v1.0-small/valid/patient6454{3-4}/study1/view2_lateral.jpg,Male,61,Lateral,,0.0,1.0,0.0
        """,
        refused="label",
    ),
]
