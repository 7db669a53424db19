using SpectralEarth.Models.Layers;
using SpectralEarth.Models.Products;
using SpectralEarth.Randomness;
using static TorchSharp.torch;

namespace SpectralEarth.Tests.Models;

public sealed class MatrixProductTests
{
    [SetUp]
    public void NeedsItsProcessor() => Assume.That(MatrixProduct.IsUsed, "This processor has no AVX-512, or is Intel's: libtorch multiplies.");

    [Test]
    public void Equals_the_product_in_double_precision_whatever_shape_strides_and_start([Range(0, 59)] int seed)
    {
        using var scope = NewDisposeScope();
        var random = new SeededRandom(seed, "matrix-product", 0);
        var (m, k, n) = (1 + random.NextInt(300), 1 + random.NextInt(700), 1 + random.NextInt(900));
        var (a, b) = (Filled(m, k, random), Filled(k, n, random));
        var result = Filled(m, n + 5, random).narrow(1, random.NextInt(5), n);          // rows are further apart than they are long
        if (result.stride(1) != 1)
            result = result.contiguous();
        var add = random.NextInt(2) == 1;
        var expected = a.to(float64).matmul(b.to(float64)).add(add ? result.to(float64) : 0);

        MatrixProduct.Into(result, a, b, add);

        Assert.That((result - expected).abs().max().item<double>(), Is.LessThan(1e-5 * Math.Sqrt(k) * 3), $"{m} x {k} x {n}");
    }

    [TestCase(1, 33)]
    [TestCase(50, 200)]
    [TestCase(700, 40)]
    public void Neighbours_of_the_result_are_left_alone(int m, int n)
    {
        using var scope = NewDisposeScope();
        var whole = full([m + 2, n + 2], 7f);

        MatrixProduct.Into(whole.narrow(0, 1, m).narrow(1, 1, n), ones(m, 1024), ones(1024, n), add: false);

        Assert.That(whole.to(float64).sum().item<double>(), Is.EqualTo((1024.0 * m * n) + (7 * ((2 * (m + n)) + 4))));
        Assert.That(whole.narrow(0, 1, m).narrow(1, 1, n).eq(1024).all().item<bool>());
    }

    [Test]
    public void Threads_do_not_change_the_result()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (a, b, bias) = (randn([1000, 300], generator: generator), randn([300, 500], generator: generator), randn([500], generator: generator));
        var before = get_num_threads();
        try
        {
            Tensor[] results = [.. new[] { 1, 2, 3, 7 }.Select(Product)];
            foreach (var result in results)
                Assert.That(result.equal(results[0]).all().item<bool>());
            Assert.That((results[0] - a.matmul(b) - bias).abs().max().item<float>(), Is.LessThan(1e-4));
        }
        finally
        {
            set_num_threads(before);
        }

        Tensor Product(int threads)
        {
            set_num_threads(threads);
            var result = empty(1000, 500);
            MatrixProduct.Into(result, a, b, bias);
            return result;
        }
    }

    [Test]
    public void A_row_does_not_depend_on_the_others()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var (a, b) = (randn([100, 300], generator: generator), randn([300, 200], generator: generator));

        var alone = MatrixProduct.Of(a[77..78], b);

        Assert.That(alone.equal(MatrixProduct.Of(a, b)[77..78]).all().item<bool>());
    }

    [Test]
    public void What_is_not_finite_stays_so()
    {
        using var scope = NewDisposeScope();
        var a = ones(40, 300);
        a[3, 5] = float.NaN;
        a[4, 5] = float.PositiveInfinity;
        var result = empty(40, 50);

        MatrixProduct.Into(result, a, ones(300, 50), add: false);

        Assert.That(result.isnan().sum().item<long>(), Is.EqualTo(50));
        Assert.That(result.isinf().sum().item<long>(), Is.EqualTo(50));
    }

    [TestCase(true, true, true)]
    [TestCase(false, true, true)]
    [TestCase(true, false, false)]
    public void Gradients_of_a_linear_layer_equal_libtorchs(bool ofInput, bool ofWeight, bool ofBias)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        Tensor[] ours = [randn([3, 50, 60], generator: generator), randn([70, 60], generator: generator), randn([70], generator: generator)];
        Tensor[] theirs = [.. ours.Select(tensor => tensor.clone())];
        bool[] wanted = [ofInput, ofWeight, ofBias];
        for (var i = 0; i < 3; i++)
            (ours[i].requires_grad, theirs[i].requires_grad) = (wanted[i], wanted[i]);

        LinearProduct.Apply(ours[0], ours[1], ours[2]).square().sum().backward();
        nn.functional.linear(theirs[0], theirs[1], theirs[2]).square().sum().backward();

        for (var i = 0; i < 3; i++)
        {
            if (wanted[i])
                Assert.That(((ours[i].grad! - theirs[i].grad!).abs() / (theirs[i].grad!.abs() + 1)).max().item<float>(), Is.LessThan(1e-4));
            else
                Assert.That(ours[i].grad is null);
        }
    }

    /// <summary>Random numbers, stored row by row, column by column, or as a part of something larger.</summary>
    private static Tensor Filled(int rows, int columns, SeededRandom random)
    {
        using var generator = new Generator((ulong)random.NextInt(1 << 30));
        return random.NextInt(3) switch
        {
            0 => randn([rows, columns], generator: generator),
            1 => randn([columns, rows], generator: generator).t(),
            _ => randn([2 * rows, columns + 7], generator: generator).narrow(1, 3, columns).as_strided([rows, columns], [2 * (columns + 7), 1], 3),
        };
    }
}
