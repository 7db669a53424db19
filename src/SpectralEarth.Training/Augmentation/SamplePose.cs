using SpectralEarth.Randomness;

namespace SpectralEarth.Training.Augmentation;

/// <summary>How one sample is turned and cropped. Source pixel of (row, column): reverse each as told, then swap.</summary>
internal readonly record struct SamplePose(bool Transposed, bool Upturned, bool Mirrored, CropBox Crop)
{
    public static SamplePose Draw(AugmentationRecipe recipe, int size, SeededRandom random)
    {
        // Always the same number of draws, so that switching one part off leaves the others as they were.
        var (quarters, upturned, mirrored) = (random.NextInt(4), random.NextInt(2) == 1, random.NextInt(2) == 1);
        if (!recipe.Rotations)
            quarters = 0;
        if (!recipe.Flips)
            upturned = mirrored = false;
        // Turns by 0, 90, 180, 270 degrees are: nothing; swap and reverse one axis; reverse both; swap and reverse the other.
        return new SamplePose(quarters % 2 == 1, upturned ^ (quarters is 2 or 3), mirrored ^ (quarters is 1 or 2), CropBox.Draw(recipe, size, ref random));
    }
}

/// <summary>A window in pixels; <see cref="Whole"/> (all zero) stands for the full image.</summary>
internal readonly record struct CropBox(int Top, int Left, int Height, int Width)
{
    private const int Attempts = 10;
    private static readonly double WidestAspect = Math.Log(4.0 / 3.0);

    public static CropBox Whole => default;

    /// <summary>Inception's random resized crop (Szegedy et al. 2015, section 6), as torchvision and kornia draw it.</summary>
    public static CropBox Draw(AugmentationRecipe recipe, int size, ref SeededRandom random)
    {
        if (recipe.ResizedCropScale is not [var least, var most])
            return Whole;
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var area = (least + ((most - least) * random.NextDouble())) * size * size;
            var aspect = Math.Exp(WidestAspect * ((2 * random.NextDouble()) - 1));
            var (width, height) = ((int)Math.Round(Math.Sqrt(area * aspect)), (int)Math.Round(Math.Sqrt(area / aspect)));
            if (width > 0 && height > 0 && width <= size && height <= size)
                return new CropBox(random.NextInt(size - height + 1), random.NextInt(size - width + 1), height, width);
        }

        return Whole;
    }

    /// <summary>The 2 x 3 matrix that takes normalized output to normalized input coordinates, corners to corners.</summary>
    public float[] Affine(int size)
    {
        if (this == Whole || size == 1)
            return [1, 0, 0, 0, 1, 0];
        var span = (double)(size - 1);
        return
        [
            (float)((Width - 1) / span), 0, (float)((((2.0 * Left) + Width - 1) / span) - 1),
            0, (float)((Height - 1) / span), (float)((((2.0 * Top) + Height - 1) / span) - 1),
        ];
    }
}
