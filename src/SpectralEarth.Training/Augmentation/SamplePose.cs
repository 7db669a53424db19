using SpectralEarth.Randomness;

namespace SpectralEarth.Training.Augmentation;

/// <summary>
/// How one sample is turned, cropped and blurred. Source pixel of (row, column) of the turn: reverse each as told, then swap.
/// </summary>
/// <param name="Transposed">Whether rows and columns are swapped.</param>
/// <param name="Upturned">Whether rows are reversed.</param>
/// <param name="Mirrored">Whether columns are reversed.</param>
/// <param name="Crop">Window that is taken after the turn.</param>
/// <param name="BlurSigma">Standard deviation of the blur after the crop, pixels; 0 blurs nothing.</param>
internal readonly record struct SamplePose(bool Transposed, bool Upturned, bool Mirrored, CropBox Crop, double BlurSigma)
{
    public static SamplePose Draw(AugmentationRecipe recipe, int size, long seed, long step, int sample, int view)
    {
        // A stream for each part: switching one off leaves the others as they were.
        var random = view == 0 ? new SeededRandom(seed, "augmentation", step, sample) : new SeededRandom(seed, "augmentation", step, sample, view);
        var (quarters, upturned, mirrored) = (random.NextInt(4), random.NextInt(2) == 1, random.NextInt(2) == 1);
        if (!recipe.Rotations)
            quarters = 0;
        if (!recipe.Flips)
            upturned = mirrored = false;
        // Turns by 0, 90, 180, 270 degrees are: nothing; swap and reverse one axis; reverse both; swap and reverse the other.
        return new SamplePose(
            quarters % 2 == 1, upturned ^ (quarters is 2 or 3), mirrored ^ (quarters is 1 or 2),
            CropBox.Draw(recipe, size, ref random), DrawBlur(recipe, new SeededRandom(seed, "blur", step, sample, view)));
    }

    private static double DrawBlur(AugmentationRecipe recipe, SeededRandom random)
    {
        var (chance, share) = (random.NextDouble(), random.NextDouble());
        return chance < recipe.BlurProbability ? recipe.BlurSigma[0] + (share * (recipe.BlurSigma[1] - recipe.BlurSigma[0])) : 0;
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
}
