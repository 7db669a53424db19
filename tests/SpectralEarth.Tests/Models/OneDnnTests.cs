using SpectralEarth.Models.Layers;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

/// <summary>Convolutions and linear layers are right on every machine, also where oneDNN cannot be relied on.</summary>
public sealed class OneDnnTests
{
    [Test]
    public void Convolutions_and_their_gradients_are_those_of_double_precision_in_either_order_of_memory(
        [Values(5, 24, 64)] int inputs, [Values(3, 24)] int outputs, [Values(1, 3, 7)] int kernel, [Values(1, 2)] int stride, [Values] bool channelsLast)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var image = randn([2, 9, 9, inputs], generator: random).permute(0, 3, 1, 2);
        image = (channelsLast ? image : image.contiguous()).requires_grad_();
        var weight = randn([outputs, inputs, kernel, kernel], generator: random).requires_grad_();

        var result = nn.functional.conv2d(image, weight, strides: [stride, stride], padding: [kernel / 2, kernel / 2]);
        var direction = randn(result.shape, generator: random);
        (result * direction).sum().backward();

        var (exactImage, exactWeight) = (image.detach().to(float64).requires_grad_(), weight.detach().to(float64).requires_grad_());
        var exact = nn.functional.conv2d(exactImage, exactWeight, strides: [stride, stride], padding: [kernel / 2, kernel / 2]);
        (exact * direction.to(float64)).sum().backward();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Error(result, exact), Is.LessThan(1e-5));
            Assert.That(Error(image.grad!, exactImage.grad!), Is.LessThan(1e-5));
            Assert.That(Error(weight.grad!, exactWeight.grad!), Is.LessThan(1e-5));
        }
    }

    [TestCase(64, 512, 2048)]
    [TestCase(64, 1024, 1024)]
    [TestCase(500, 2048, 512)]
    public void A_linear_layer_is_a_matrix_product(int rows, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        var (x, weight, bias) = (randn(rows, inputs, generator: random), randn(outputs, inputs, generator: random), randn(outputs, generator: random));

        var product = Dense.Product(x, weight, bias);

        Assert.That(Error(product, x.to(float64).mm(weight.to(float64).t()) + bias.to(float64)), Is.LessThan(1e-5));
    }

    /// <summary>Largest difference as a share of the largest number.</summary>
    private static double Error(Tensor found, Tensor exact) => ((found.to(float64) - exact).abs().max() / exact.abs().max()).item<double>();
}
